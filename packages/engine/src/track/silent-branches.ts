import type { DeliveryRates, Quality, Regimes } from './delivery-regimes.ts';
import type { Logs } from './log-vectors.ts';
import { awaitedShares } from './node-likelihood.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { Zone } from './zone.ts';
import type { AwaitedShares, HeardSources } from './zone-silence.ts';

/** log P(nobody at or below a node said anything | dead since some time), where that much of what comes in time should have come. */
export class SilentBranches {
  readonly awaited: AwaitedShares;
  readonly #zone: Zone;
  /** By regime: columns by node to be summed. */
  readonly #columns: readonly (readonly Float64Array[])[];
  readonly #regimeOf: Int32Array;
  /** By quality: of one meter of a cell that is carried upwards. */
  readonly #ofMeter: Float64Array;

  constructor(zone: Zone, { all, qualities, rates }: Regimes, awaited: AwaitedShares, heard: HeardSources) {
    this.#zone = zone;
    this.awaited = awaited;
    this.#columns = all.map(({ silence }) => silence.columns(awaited, heard));
    this.#regimeOf = Int32Array.from(qualities, ({ regime }) => regime);
    const share = heard.meters ? awaited.gasped : 0;
    this.#ofMeter = Float64Array.from(qualities, ({ rate }: Quality) =>
      Math.log1p(-(rates[rate] as DeliveryRates).gasp * share),
    );
  }

  /** Adds it to a number for every regime, or for every quality where the node carries a cell. */
  addTo(logs: Logs, node: number): void {
    const { carried, carriedSmart } = this.#zone.cells;
    if ((carried[node] as number) < 0) {
      for (let r = 0; r < logs.length; r++) logs[r] = (logs[r] as number) + this.#below(r, node);
      return;
    }
    const smart = carriedSmart[node] as number;
    let regime = -1;
    let below = 0;
    for (let q = 0; q < logs.length; q++) {
      const own = this.#regimeOf[q] as number;
      if (own !== regime) below = this.#below(own, node);
      regime = own;
      logs[q] = (logs[q] as number) + below + smart * (this.#ofMeter[q] as number);
    }
  }

  #below(regime: number, node: number): number {
    let log = 0;
    const columns = this.#columns[regime] as readonly Float64Array[];
    for (let i = 0; i < columns.length; i++) log += (columns[i] as Float64Array)[node] as number;
    return log;
  }
}

/** Silence since each off-slot of a zone. */
export class Silences {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  /** By off-slot; and by the shares that should have come, which many have in common. */
  readonly #sinceOff: (SilentBranches | undefined)[] = [];
  readonly #byShares = new Map<string, SilentBranches>();

  constructor(evidence: ZoneEvidence, regimes: Regimes) {
    this.#evidence = evidence;
    this.#regimes = regimes;
  }

  /** Forgets what was worked out of slots that are others now. */
  change(offs: Iterable<number>): void {
    for (const off of offs) this.#sinceOff[off] = undefined;
  }

  /** The silence since an off-slot. */
  since(off: number): SilentBranches {
    const known = this.#sinceOff[off];
    if (known !== undefined) return known;
    const awaited = awaitedShares(this.#evidence, off);
    const key = `${awaited.gasped} ${awaited.gaspedByTerminals} ${awaited.called}`;
    const { zone, heard } = this.#evidence;
    const silent = this.#byShares.get(key) ?? new SilentBranches(zone, this.#regimes, awaited, heard);
    this.#byShares.set(key, silent);
    this.#sinceOff[off] = silent;
    return silent;
  }
}
