import { createHash } from 'node:crypto';
import { type Instant, seededRandom } from '@lastgasp/engine';
import { ordinaryBehaviour, planScenario, planSomeFaults, simulateStorm } from '@lastgasp/engine/simulate';
import { messageComposer } from '../../src/simulation/compose-message.ts';
import type { ProviderMessage } from '../../src/simulation/provider-messages.ts';
import type { BundleSite } from '../../src/simulation/read-bundle-site.ts';
import { eventKeysOf } from './event-keys.ts';
import { poisonOf } from './poison.ts';

/** One message of a load, whatever the number of its copies. */
export interface LoadMessage extends ProviderMessage {
  /** The events in it; empty for poison. */
  readonly keys: readonly string[];
  /** Of poison, the hash that its dead letter is known by. */
  readonly poisonSha256: string | null;
  /** Stamped so far ahead or behind that it must change nothing. */
  readonly isFromNowhere: boolean;
}

/** One copy of a message on its way. */
export interface Delivery {
  readonly message: LoadMessage;
  /** Chooses among processes and partitions. */
  readonly chance: number;
}

export interface Load {
  /** Each message once, in order of its event times. */
  readonly messages: readonly LoadMessage[];
  /** All copies in the order in which they are sent. */
  readonly deliveries: readonly Delivery[];
}

export interface LoadOptions {
  /** Storms one after another, each an hour of its own; 1 unless told. */
  readonly storms?: number;
  /** Every so many-th message gets a sibling that nobody can read; 100 unless told. */
  readonly poisonEvery?: number;
  /** Hours that the storm happened before it is told. */
  readonly lateHours?: number;
  /** Whether a part of the senders have clocks that are two hours off, or in 1970 or 2099. */
  readonly hasWrongClocks?: boolean;
}

const SHUFFLED_WITHIN_MICROSECONDS = 60_000_000;
const MOST_COPIES = 4;
const STORM_MINUTES = 60;
/** In a storm, most of them repaired within it. */
const FAULTS = 30;
/** So long ago a storm ended that nothing about it is still to come, and that two hours ahead of it is the future. */
const ENDED_MINUTES_AGO = 20;
const MINUTE = 60_000_000;
const TWO_HOURS_MS = 2 * 3_600_000;

/**
 * Storms of the four providers on a network, the same for the same seed and instant `now`, from which is counted back when
 * they happened. Each message comes one to four times, each copy up to a minute late.
 */
export function makeLoad(bundle: BundleSite, seed: number, now: Instant, options: LoadOptions = {}): Load {
  const random = seededRandom(seed);
  const timed: { message: LoadMessage; at: number }[] = [];
  const storms = options.storms ?? 1;
  for (let storm = 0; storm < storms; storm++) {
    const lateMinutes = ENDED_MINUTES_AGO + STORM_MINUTES * (storms - storm) + (options.lateHours ?? 0) * 60;
    const startAt = (now - lateMinutes * MINUTE) as Instant;
    for (const { message, at } of stormMessages(bundle, seed * 100 + storm, startAt)) {
      if (options.hasWrongClocks === true && random() < 0.3) {
        timed.push({ message: withWrongClock(message, random, Date.now() - now / 1_000), at });
      } else timed.push({ message, at });
      if (timed.length % (options.poisonEvery ?? 100) === 0) {
        timed.push({ message: toPoison(message, timed.length), at });
      }
    }
  }
  const deliveries = timed.flatMap(({ message, at }) =>
    Array.from({ length: 1 + Math.floor(random() * MOST_COPIES) }, () => ({
      message,
      at: at + random() * SHUFFLED_WITHIN_MICROSECONDS,
      chance: random(),
    })),
  );
  return {
    messages: timed.map(({ message }) => message),
    deliveries: deliveries.sort((a, b) => a.at - b.at).map(({ message, chance }) => ({ message, chance })),
  };
}

function* stormMessages(
  bundle: BundleSite,
  seed: number,
  startAt: Instant,
): Generator<{ message: LoadMessage; at: number }> {
  const scenario = { minutes: STORM_MINUTES, plan: planSomeFaults(FAULTS, [0.02, 0.95]) };
  const planned = planScenario(scenario, bundle.site, seed, startAt);
  if (planned === null) throw new Error('the network has no place for a storm');
  const storm = simulateStorm(bundle.site, { ...planned, behaviour: ordinaryBehaviour, seed });
  const compose = messageComposer(bundle, `drill-${seed}`);
  const seen = new Set<number>();
  for (const message of storm.messages) {
    // Copies are made here, so that their number is known.
    if (seen.has(message.number) || message.isBroken) continue;
    seen.add(message.number);
    yield { message: toLoadMessage(compose(message)), at: message.receivedAt };
  }
}

const toLoadMessage = (message: ProviderMessage, isFromNowhere = false): LoadMessage => ({
  ...message,
  keys: eventKeysOf(message),
  poisonSha256: null,
  isFromNowhere,
});

function toPoison(message: ProviderMessage, nth: number): LoadMessage {
  const poison = poisonOf(message, nth);
  const poisonSha256 = createHash('sha256').update(poison.body).digest('hex');
  return { ...poison, keys: [], poisonSha256, isFromNowhere: false };
}

/**
 * The instants of a message moved, as a sender with that clock would have written them; ahead is ahead of the real time also where
 * the load is made for an instant that is `agoMs` past.
 */
function withWrongClock(message: ProviderMessage, random: () => number, agoMs: number): LoadMessage {
  const clock = Math.floor(random() * 4);
  const moved = (text: string): string => {
    const date = new Date(text);
    if (clock === 0) date.setTime(date.getTime() + agoMs + TWO_HOURS_MS);
    else if (clock === 1) date.setTime(date.getTime() - TWO_HOURS_MS);
    else date.setUTCFullYear(clock === 2 ? 1970 : 2099);
    return date.toISOString();
  };
  const body = message.body.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+03:00)/g, (text) =>
    moved(text),
  );
  return toLoadMessage({ ...message, body }, clock !== 1);
}
