import { setTimeout as sleep } from 'node:timers/promises';
import { PROVIDERS, type Provider } from '@lastgasp/model';
import type { AckLog } from './ack-log.ts';
import type { Carrier, Counted } from './carrier.ts';
import type { Delivery, Load } from './make-load.ts';

export interface PlayerOptions {
  readonly load: Load;
  readonly carrier: Carrier;
  readonly acks: AckLog;
  readonly ratePerSecond: number;
}

/** Most deliveries on their way at once: a sender that waits for answers has so many lines. */
export const MOST_UNDER_WAY = 100;
const TICK_MS = 20;
const AGAIN_AFTER_MS = 250;
const FINISH_WITHIN_MS = 180_000;

/** Sends a load at its rate; what is not acknowledged is sent again until it is, as providers do. */
export class LoadPlayer {
  readonly #options: PlayerOptions;
  readonly #queue: Delivery[];
  readonly #again: Delivery[] = [];
  #underWay = 0;
  #running: Promise<void> | null = null;
  #isHeld = false;
  #isEnded = false;
  #ratePerSecond: number;
  /** What answers counted, by provider. */
  readonly counted: Readonly<Record<Provider, { stored: number; duplicate: number; rejected: number }>> =
    Object.fromEntries(
      PROVIDERS.map((provider) => [provider, { stored: 0, duplicate: 0, rejected: 0 }]),
    ) as never;
  /** Answers that must not be. */
  readonly faults: string[] = [];
  /** Deliveries that were sent again because of an answer, and for want of one. */
  putOff = 0;
  unanswered = 0;
  acknowledged = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#queue = [...options.load.deliveries].reverse();
    this.#ratePerSecond = options.ratePerSecond;
  }

  /** Deliveries that are still to be acknowledged. */
  get left(): number {
    return this.#queue.length + this.#again.length + this.#underWay;
  }

  get underWay(): number {
    return this.#underWay;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Sends faster or slower from now on. */
  setRate(ratePerSecond: number): void {
    this.#ratePerSecond = ratePerSecond;
  }

  /** Sends nothing until `go`; what is under way goes on. */
  hold(): void {
    this.#isHeld = true;
  }

  go(): void {
    this.#isHeld = false;
  }

  /** Puts all copies of the whole load on their way once more. */
  repeat(): void {
    this.#queue.unshift(...this.#options.load.deliveries);
  }

  /** Resolves once so many deliveries more were acknowledged, or all of them. */
  async untilAcknowledged(more: number): Promise<void> {
    const goal = this.acknowledged + more;
    while (this.acknowledged < goal && this.left > 0) await sleep(5);
  }

  /** Resolves when everything is acknowledged; throws where that takes minutes. */
  async finish(): Promise<void> {
    this.start();
    this.go();
    const giveUpAt = performance.now() + FINISH_WITHIN_MS;
    while (this.left > 0) {
      if (performance.now() > giveUpAt) {
        throw new Error(`${this.left} deliveries were not acknowledged within ${FINISH_WITHIN_MS / 1000} s`);
      }
      await sleep(TICK_MS);
    }
    await this.stop();
  }

  /** Sends nothing more. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
    while (this.#underWay > 0) await sleep(TICK_MS);
  }

  async #run(): Promise<void> {
    let before = performance.now();
    let due = 0;
    while (!this.#isEnded) {
      const now = performance.now();
      due = Math.min(due + ((now - before) / 1000) * this.#ratePerSecond, this.#ratePerSecond);
      before = now;
      while (!this.#isHeld && due >= 1 && this.#underWay < MOST_UNDER_WAY) {
        const delivery = this.#again.shift() ?? this.#queue.pop();
        if (delivery === undefined) break;
        due--;
        void this.#send(delivery);
      }
      await sleep(TICK_MS);
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    this.#underWay++;
    try {
      const results = await this.#options.carrier.carry(delivery);
      let isDone = true;
      for (const result of results) {
        if (result.kind === 'fault') this.faults.push(result.text);
        else if (result.kind === 'again') {
          isDone = false;
          if (result.isAnswered) this.putOff++;
          else this.unanswered++;
        } else this.#note(delivery, result.counted);
      }
      if (isDone) this.acknowledged++;
      else {
        await sleep(AGAIN_AFTER_MS);
        this.#again.push(delivery);
      }
    } finally {
      this.#underWay--;
    }
  }

  #note({ message }: Delivery, counted: Counted): void {
    const sum = this.counted[message.provider];
    sum.stored += counted.stored;
    sum.duplicate += counted.duplicate;
    sum.rejected += counted.rejected;
    this.#options.acks.note(message.poisonSha256 === null ? message.keys : [message.poisonSha256]);
  }
}
