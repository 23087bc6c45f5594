import type { Instant } from '../instant.ts';
import { meterPosition } from '../network.ts';
import { type Between, chanceOf, seconds } from '../simulate/chance.ts';
import type { EvidenceRecord } from '../simulate/evidence-record.ts';
import { intervalAt, NEVER } from '../simulate/intervals.ts';
import type { Storm } from '../simulate/simulate-storm.ts';

/** How meters answer when they are asked. */
export interface PingBehaviour {
  readonly answerShareOn: number;
  readonly answerShareOff: number;
  readonly answerSeconds: Between;
  readonly timeoutSeconds: number;
}

/** The answer rates that the policy assumes as well. */
export const pingBehaviour: PingBehaviour = {
  // Probability 0 to 1 that a meter with supply and a working cell answers.
  answerShareOn: 0.97,
  // Probability 0 to 1 that an answer comes for a meter without supply: stale ones, wrong addresses.
  answerShareOff: 0.001,
  // Seconds until an answer is there.
  answerSeconds: [3, 15],
  // Seconds after which none is expected any more.
  timeoutSeconds: 30,
};

/** Keys of answers begin here, above those of any storm's evidence. */
const FIRST_KEY = 1e9;

/** Answers pings from the truth: a meter is heard when it has supply and its cell works, but for a few mistakes. */
export class PingOracle {
  /** How many pings were sent. */
  count = 0;
  readonly #storm: Storm;
  readonly #behaviour: PingBehaviour;
  #waiting: EvidenceRecord[] = [];

  constructor(storm: Storm, behaviour: PingBehaviour = pingBehaviour) {
    this.#storm = storm;
    this.#behaviour = behaviour;
  }

  /** Pings a meter by its database key; the same meter at the same time answers the same, whoever asks. */
  ping(meterKey: number, at: Instant): void {
    const { site, seed, supply, conditions } = this.#storm;
    const { answerShareOn, answerShareOff, answerSeconds, timeoutSeconds } = this.#behaviour;
    const meter = meterPosition(site.network, meterKey);
    if (meter < 0) throw new Error(`there is no meter ${meterKey} to ping`);
    const sinceStart = Math.round((at - this.#storm.period.startAt) / 1e6);
    const chance = chanceOf(seed, 'pings', meter * 100_003 + sinceStart);
    const isOff = intervalAt(supply.off.get(meter) ?? NEVER, at) !== null;
    const isReachable =
      site.meters.isSmart[meter] === 1 && !conditions.deadCells.has(site.meters.cell[meter] as number);
    const isHeard = chance.isTrue(isOff ? answerShareOff : answerShareOn) && isReachable;
    const answeredAt = at + seconds(isHeard ? chance.between(answerSeconds) : timeoutSeconds);
    this.#waiting.push({
      key: FIRST_KEY + this.count,
      kind: isHeard ? 'heard' : 'not_heard',
      eventAt: isHeard ? answeredAt : at,
      receivedAt: answeredAt,
      source: { type: 'kaifa', eventKey: null },
      meterKey,
      deviceKey: null,
    });
    this.count++;
  }

  /** The answers received by `now`, in order of receipt; each is given once. */
  takeAnswers(now: Instant): readonly EvidenceRecord[] {
    const due = this.#waiting.filter(({ receivedAt }) => receivedAt <= now);
    if (due.length > 0) this.#waiting = this.#waiting.filter(({ receivedAt }) => receivedAt > now);
    return due.sort((a, b) => a.receivedAt - b.receivedAt || a.key - b.key);
  }
}
