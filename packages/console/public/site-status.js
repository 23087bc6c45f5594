import { createCallList } from './call-list.js';
import { age, element, term } from './element.js';
import { getJson } from './live-outages.js';

const ASK_EVERY_MS = 5_000;
// In a storm outages change many times a second; the figures need not.
const ASK_SOON_MS = 1_000;
const MOST_HAZARDS = 100;
const MOST_PARTIAL = 50;

/** The text of each thing that may be wrong with a provider. */
const SINCE = {
  silent: 'silentSince',
  late: 'lateSince',
  duplicating: 'duplicatingSince',
  unreliable: 'unreliableSince',
};

/**
 * Asks for the trust signs and the calls again and again, and shows them. Tells `onStatus(status)`, and
 * `onHazardCalls(count)` how many calls that report a danger were not there before.
 */
export function followSiteStatus({ language, onStatus, onHazardCalls }) {
  const part = (id) => document.getElementById(id);
  const callList = (id, headingKey, shownAtFirst) =>
    createCallList({
      section: part(id),
      list: part(`${id}-list`),
      more: part(`${id}-more`),
      language,
      headingKey,
      shownAtFirst,
    });
  const hazards = callList('hazards', 'hazardCalls', 5);
  const partial = callList('partial', 'partialSupplyCalls', 3);
  let status = null;
  let knownTickets = null;
  let soon = null;
  let isAsking = false;

  async function ask() {
    if (isAsking) return;
    isAsking = true;
    try {
      const [next, dangers, dimmed] = await Promise.all([
        getJson('/api/status'),
        getJson(`/api/hazard-calls?kind=hazard&limit=${MOST_HAZARDS}`),
        getJson(`/api/hazard-calls?kind=partial_supply&limit=${MOST_PARTIAL}`),
      ]);
      status = next;
      language.timeZone = status.siteTimeZone;
      hazards.show(dangers, status.hazardCalls);
      partial.show(dimmed);
      tellNew(dangers);
      show();
    } catch {
      // The state of the line is told by the stream; what was known stays on the screen.
    } finally {
      isAsking = false;
    }
  }

  function tellNew(calls) {
    const tickets = calls.map((call) => call.ticketId);
    const came = knownTickets === null ? 0 : tickets.filter((ticket) => !knownTickets.has(ticket)).length;
    knownTickets = new Set([...(knownTickets ?? []), ...tickets]);
    if (came > 0) onHazardCalls(came);
  }

  function show() {
    hazards.write();
    partial.write();
    if (status === null) return;
    part('providers').replaceChildren(...status.providers.map(providerItem));
    onStatus(status);
  }

  function providerItem(provider) {
    const { lastReceivedAt, stored, unmatched, deadLetters, conditions } = provider;
    const heard =
      lastReceivedAt === null ? language.text('neverHeard') : age(language, lastReceivedAt, 'lastHeard');
    const notes = [
      ...conditions.map(({ condition, startsAt }) => age(language, startsAt, SINCE[condition])),
      unmatched > 0 ? language.counted('unmatched', unmatched) : null,
      deadLetters > 0 ? language.counted('setAside', deadLetters) : null,
    ].filter((note) => note !== null);
    return element(
      'li',
      { class: 'tile', 'data-heard': String(lastReceivedAt !== null) },
      element('span', { class: 'main' }, term(language, 'source', provider.provider)),
      element('small', {}, heard),
      stored > 0 ? element('small', {}, language.counted('storedEvents', stored)) : null,
      ...notes.map((note) => element('small', { class: 'note' }, note)),
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
