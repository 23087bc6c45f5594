import { age, code, element, isolated } from './element.js';

/**
 * A list of calls, newest first: `shownAtFirst` of them, the rest at a button. It is written anew only where
 * something of it changed, so that what a person marks to copy stays marked.
 */
export function createCallList({ section, list, more, language, headingKey, shownAtFirst }) {
  const heading = element('h2');
  section.prepend(heading);
  let calls = [];
  let total = 0;
  let showsAll = false;
  let written = '';

  function write() {
    const now = JSON.stringify([language.code, language.zoneName(), showsAll, total, calls]);
    if (now === written) return;
    written = now;
    section.hidden = calls.length === 0;
    const beyond = total > calls.length ? ` – ${language.counted('newestCalls', calls.length)}` : '';
    heading.textContent = language.counted(headingKey, total) + beyond;
    list.replaceChildren(...(showsAll ? calls : calls.slice(0, shownAtFirst)).map(item));
    more.hidden = calls.length <= shownAtFirst;
    more.setAttribute('aria-expanded', String(showsAll));
    more.textContent = showsAll
      ? language.text('fewerCalls')
      : language.counted('moreCalls', calls.length - shownAtFirst);
  }

  function item(call) {
    const place = [call.feeder, call.substation].filter(Boolean);
    const facts = [
      age(language, call.calledAt, 'callReceived'),
      ...place.map(isolated),
      call.address === null ? null : isolated(call.address),
      call.meterNumber === null ? null : isolated(language.text('meterOf', { meter: call.meterNumber })),
      call.phone === null ? null : code(call.phone),
      code(call.ticketId),
    ];
    const said = call.notes
      ? element('bdi', { class: 'main', dir: 'auto' }, call.notes)
      : element('span', { class: 'main' }, language.text('noNotes'));
    return element(
      'li',
      { 'data-ticket': call.ticketId },
      said,
      element(
        'ul',
        { class: 'facts' },
        ...facts.filter((fact) => fact !== null).map((fact) => element('li', {}, fact)),
      ),
    );
  }

  more.addEventListener('click', () => {
    showsAll = !showsAll;
    write();
  });

  return {
    /** Shows these calls, of `total` that there are. */
    show(newest, count = newest.length) {
      calls = newest;
      total = Math.max(count, newest.length);
      write();
    },
    /** Writes everything again, in the language that was chosen. */
    write,
  };
}
