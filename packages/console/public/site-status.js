import { element, isolated } from './element.js';
import { getJson } from './live-outages.js';

const ASK_EVERY_MS = 5_000;
// In a storm outages change many times a second; the figures need not.
const ASK_SOON_MS = 1_000;

/** Asks for the trust signs and the hazard calls again and again, and shows them. */
export function followSiteStatus({ language, onStatus }) {
  let status = null;
  let calls = [];
  let soon = null;

  async function ask() {
    try {
      [status, calls] = await Promise.all([getJson('/api/status'), getJson('/api/hazard-calls?limit=50')]);
      language.timeZone = status.siteTimeZone;
      show();
    } catch {
      // The state of the line is told by the stream; what was known stays on the screen.
    }
  }

  function show() {
    if (status === null) return;
    showProviders(status.providers);
    showHazards(calls);
    onStatus(status);
  }

  function showProviders(providers) {
    document.getElementById('providers').replaceChildren(
      ...providers.map((provider) => {
        const { word, number } = language;
        const counts = {
          stored: number(provider.stored),
          duplicate: number(provider.duplicate),
          rejected: number(provider.rejected),
        };
        const heard =
          provider.lastReceivedAt === null
            ? word('neverHeard')
            : word('lastHeard', { age: language.ago(provider.lastReceivedAt) });
        const notes = [
          provider.unmatched > 0 ? word('unmatched', { count: number(provider.unmatched) }) : null,
          provider.deadLetters > 0 ? word('setAside', { count: number(provider.deadLetters) }) : null,
        ].filter((note) => note !== null);
        return element(
          'li',
          { title: word('stored', counts), 'data-heard': String(provider.lastReceivedAt !== null) },
          element('span', { class: 'main' }, word(provider.provider)),
          element('small', {}, heard),
          ...notes.map((note) => element('small', { class: 'note' }, note)),
        );
      }),
    );
  }

  function showHazards(list) {
    document.getElementById('hazards').hidden = list.length === 0;
    document
      .getElementById('hazard-list')
      .replaceChildren(
        ...list.map((call) =>
          element(
            'li',
            { 'data-kind': call.kind },
            element(
              'span',
              { class: 'main' },
              call.kind === 'hazard' ? '▲ ' : '△ ',
              language.word(call.kind === 'hazard' ? 'hazard' : 'partialSupply'),
              ' · ',
              element('bdi', { dir: 'auto' }, call.notes ?? ''),
            ),
            element(
              'small',
              {},
              isolated([call.feeder, call.substation].filter(Boolean).join(', ') || '–'),
              ' · ',
              isolated(call.address ?? '–'),
              ' · ',
              element('bdi', { dir: 'ltr' }, call.phone ?? '–'),
              ' · ',
              isolated(call.ticketId),
              ` · ${language.ago(call.calledAt)}`,
            ),
          ),
        ),
      );
  }

  ask();
  setInterval(ask, ASK_EVERY_MS);
  return {
    /** Asks within a second, once for however many reasons. */
    askSoon() {
      if (soon !== null) return;
      soon = setTimeout(() => {
        soon = null;
        ask();
      }, ASK_SOON_MS);
    },
    show,
  };
}
