import { code, deviceName, element, isolated, term } from './element.js';
import { getJson } from './live-outages.js';
import { tellReasons } from './outage-reasons.js';
import { explainOutage, tellTimeline } from './outage-story.js';

const SHOWN_EVIDENCE = 100;
// In a storm an outage changes many times a second.
const RELOAD_AFTER_MS = 1_000;

/** The dialog that says why an outage is believed; it stays in step with the outage while it is open. */
export function createOutageDetail({ language }) {
  const dialog = document.getElementById('detail');
  const title = element('h2', { id: 'detail-title' });
  const part = (name) => document.getElementById(`detail-${name}`);
  let shownId = null;
  let reloading = null;

  async function load(id) {
    reloading = null;
    try {
      const outage = await getJson(`/api/outages/${encodeURIComponent(id)}`);
      if (id === shownId) show(outage);
    } catch {
      if (id === shownId) part('state').textContent = language.text('detailFailed');
    }
  }

  function show(outage) {
    showHead(outage);
    part('state').textContent = '';
    const { customers, meters } = outage.members;
    part('members').textContent = language.text('interrupted', {
      customers: language.counted('customers', customers),
      meters: language.counted('meters', meters),
    });
    showReasons(outage.explanation);
    part('timeline').replaceChildren(
      ...tellTimeline(language, outage.timeline).map((step) => {
        const said = language.term('step', step.type);
        return line(step.at, said ?? isolated(step.description), step.facts);
      }),
    );
    part('more').textContent =
      outage.evidenceCount > SHOWN_EVIDENCE
        ? language.counted('evidenceShown', SHOWN_EVIDENCE, { all: language.number(outage.evidenceCount) })
        : '';
    part('evidence').replaceChildren(...outage.evidence.slice(0, SHOWN_EVIDENCE).map(evidenceLine));
    for (const section of dialog.querySelectorAll('section:not([data-optional])')) section.hidden = false;
  }

  /** An outage that nobody has judged yet has no reasons; one that is clear has nothing to ask. */
  function showReasons(explanation) {
    const told = explanation === null ? {} : tellReasons(language, explanation);
    for (const name of ['reasons', 'alternatives', 'pings']) {
      const lines = told[name] ?? [];
      part(name).replaceChildren(...lines.map(reasonLine));
      part(name).closest('section').hidden = lines.length === 0;
    }
  }

  function reasonLine({ name, facts }) {
    const words = facts.map((fact) => element('span', { class: 'fact' }, fact));
    return element('li', {}, code(name), element('span', { class: 'said' }, ...words));
  }

  function showHead(outage) {
    title.replaceChildren(...deviceName(language, outage));
    part('id').replaceChildren(code(outage.id));
    part('explanation').textContent = explainOutage(language, outage);
  }

  function evidenceLine(one) {
    const meter = one.meterNumber === null ? [] : [code(one.meterNumber)];
    return line(one.eventAt, term(language, 'source', one.source), [...wordsOf(one), ...meter]);
  }

  /** What the provider said, each thing once: a last gasp needs no second word that the power is off. */
  function wordsOf({ source, eventType, says }) {
    const event = language.term('event', eventType);
    const sent = source === 'kaifa' && event !== null ? [eventType] : [eventType, says];
    const words = new Map();
    for (const word of sent.filter(Boolean)) {
      const said = language.term('event', word);
      words.set(said ?? word, said ?? isolated(word));
    }
    return [...words.values()];
  }

  function line(at, said, facts) {
    const time = element(
      'time',
      { datetime: at, title: language.exactTime(at) },
      language.time(at, { seconds: true }),
    );
    const words = facts.map((fact) => element('span', { class: 'fact' }, fact));
    return element('li', {}, time, element('span', { class: 'said' }, element('span', {}, said), ...words));
  }

  part('head').prepend(title);
  part('close').addEventListener('click', () => dialog.close());
  // A press beside the dialog is one on its backdrop.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    shownId = null;
    clearTimeout(reloading);
    reloading = null;
  });

  return {
    /** Opens with what the list knows, and asks for the rest. */
    open(outage) {
      shownId = outage.id;
      for (const section of dialog.querySelectorAll('section')) section.hidden = true;
      showHead(outage);
      part('members').textContent = '';
      part('state').textContent = language.text('loading');
      if (!dialog.open) dialog.showModal();
      dialog.scrollTop = 0;
      load(outage.id);
    },
    /** The outage changed. */
    change(outage) {
      if (outage.id !== shownId || reloading !== null) return;
      reloading = setTimeout(load, RELOAD_AFTER_MS, outage.id);
    },
  };
}
