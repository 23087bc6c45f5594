import { outageName } from './outage-name.js';

/** An element with text or children; what providers sent is only ever set as text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A name kept in its own direction inside a line of the other. */
export const isolated = (text) => element('bdi', {}, text);

/** A code, phone or id: read from left to right, and broken only where it has a line to itself. */
export const code = (text) => element('bdi', { class: 'code', dir: 'ltr' }, text);

/** A word of a closed set in the language of the page, or what was sent where it is none of them. */
export function term(language, set, word) {
  return language.term(set, word) ?? isolated(word ?? '');
}

/** A device as an operator says it: what it is, and its code. */
export function deviceName(language, outage) {
  const name = outageName(outage);
  return name.kind === null ? [code(name.code)] : [term(language, 'device', name.kind), ' ', code(name.code)];
}

/** How long ago something was; `refreshAges` keeps it true. */
export function age(language, at, key = null) {
  const made = element('time', { datetime: at, title: language.exactTime(at), 'data-age': key ?? 'age' });
  writeAge(language, made);
  return made;
}

/** Writes every age of the page anew. */
export function refreshAges(language) {
  for (const shown of document.querySelectorAll('[data-age]')) writeAge(language, shown);
}

function writeAge(language, shown) {
  const said = language.ago(shown.dateTime);
  const key = shown.dataset.age;
  const text = key === 'age' ? said : language.text(key, { age: said });
  if (shown.textContent !== text) shown.textContent = text;
}
