import { type Network, seededRandom } from '../packages/engine/src/index.ts';

/** A last gasp in seconds since the storm began. */
export interface Gasp {
  readonly meterKey: number;
  /** When the meter stamps it. */
  readonly at: number;
  /** When it comes in. */
  readonly receivedAt: number;
}

/** Gasps that get through, of all meters that lose supply. */
const DELIVERED = 0.85;

/** Of the faults so many are of a transformer, and so many of a transformer or a lateral fuse; the rest are of feeders. */
const TRANSFORMER_SHARE = 0.58;
const FUSE_SHARE = 0.993;

/** Which devices fail and when they do, given the choice of each fault; a meter that is dead gasps no more. */
export class StormMaker {
  readonly #random: () => number;
  readonly #network: Network;
  readonly #dead: Uint8Array;
  readonly #targets: readonly (readonly number[])[];

  constructor(network: Network, seed: number) {
    this.#random = seededRandom(seed);
    this.#network = network;
    this.#dead = new Uint8Array(network.meterCount);
    this.#targets = ['transformer', 'fuse', 'breaker'].map((kind) =>
      network.devices.flatMap((device, i) => (device.kind === kind ? [i] : [])),
    );
  }

  /** The gasps of so many faults at times of their own within so many seconds, by receipt. */
  faults(count: number, seconds: number): Gasp[] {
    const random = this.#random;
    const faults = Array.from({ length: count }, () => ({
      at: random() * seconds,
      size: random(),
      which: random(),
    }));
    const gasps = faults
      .sort((a, b) => a.at - b.at)
      .flatMap(({ at, size, which }) => this.#gaspsOf(at, size, which));
    return gasps.sort((a, b) => a.receivedAt - b.receivedAt);
  }

  /** The gasps of a storm that brings so many of them each second for so many seconds, by receipt; fewer where nobody is left to gasp. */
  steady(gaspsPerSecond: number, seconds: number): Gasp[] {
    const random = this.#random;
    const gasps: Gasp[] = [];
    for (let idle = 0; gasps.length < gaspsPerSecond * seconds && idle < 10_000; ) {
      const more = this.#gaspsOf(gasps.length / gaspsPerSecond, random(), random());
      idle = more.length === 0 ? idle + 1 : 0;
      gasps.push(...more);
    }
    return gasps.sort((a, b) => a.receivedAt - b.receivedAt);
  }

  /** Meters that have supply, by their position. */
  alive(): readonly number[] {
    return Array.from(this.#dead.keys()).filter((meter) => this.#dead[meter] === 0);
  }

  #gaspsOf(at: number, size: number, which: number): readonly Gasp[] {
    const random = this.#random;
    const { firstMeter, subtreeEnd, meterKey } = this.#network;
    const from = this.#targets[size < TRANSFORMER_SHARE ? 0 : size < FUSE_SHARE ? 1 : 2] as number[];
    const device = from[Math.floor(which * from.length)] as number;
    const end = firstMeter[subtreeEnd[device] as number] as number;
    const gasps: Gasp[] = [];
    for (let m = firstMeter[device] as number; m < end; m++) {
      if (this.#dead[m] === 1) continue;
      this.#dead[m] = 1;
      if (random() > DELIVERED) continue;
      const eventAt = at + random() * 0.8;
      gasps.push({
        meterKey: meterKey[m] as number,
        at: eventAt,
        receivedAt: eventAt + 0.3 + random() ** 2 * 8,
      });
    }
    return gasps;
  }
}
