import { outageNameText } from './outage-name.js';

// A screen reader is told soon after the first news, so that what comes together is told together, and after that
// at most this often, however many outages open.
const SOON_MS = 1_000;
const EVERY_MS = 10_000;

/**
 * Collects news and says it in one sentence to `say(text)`: a storm of outages is one announcement each ten
 * seconds, with everything that came meanwhile in it.
 */
export function createAnnouncer({ language, say, now = () => Date.now() }) {
  let outages = new Map();
  let hazardCalls = 0;
  let saidAt = Number.NEGATIVE_INFINITY;
  let timer = null;

  function soon() {
    if (timer !== null) return;
    timer = setTimeout(tell, Math.max(SOON_MS, saidAt + EVERY_MS - now()));
  }

  function tell() {
    const sentences = [];
    if (hazardCalls > 0) sentences.push(language.counted('newHazardCalls', hazardCalls));
    if (outages.size > 0) sentences.push(describe([...outages.values()]));
    outages = new Map();
    hazardCalls = 0;
    timer = null;
    saidAt = now();
    say(sentences.join(' '));
  }

  function describe(opened) {
    const total = opened.reduce((sum, outage) => sum + outage.customersOutNow, 0);
    const customers = language.counted('customersWithoutSupply', total);
    if (opened.length > 1) {
      return language.text('announcedOutages', {
        outages: language.counted('newOutages', opened.length),
        customers,
      });
    }
    return language.text('announcedOutage', { device: outageNameText(language, opened[0]), customers });
  }

  return {
    /** An outage that was not known before, in its newest state. */
    outageOpened(outage) {
      outages.set(outage.id, outage);
      soon();
    },
    /** What changed about an outage that is still to be told. */
    outageChanged(outage) {
      if (outages.has(outage.id)) outages.set(outage.id, outage);
    },
    /** This many calls that report a danger were not known before. */
    hazardCallsCame(count) {
      hazardCalls += count;
      soon();
    },
  };
}
