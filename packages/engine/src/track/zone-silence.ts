import type { CallShare, DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import type { Zone } from './zone.ts';

/** Steps in which a share of what is to come is told. */
const STEPS = 32;

/** Which sources have ever been heard: of another one silence tells nothing. */
export interface HeardSources {
  readonly meters: boolean;
  readonly terminals: boolean;
  readonly calls: boolean;
  /** Whether any of them ever told that supply is back. */
  readonly meterRestores: boolean;
  readonly terminalRestores: boolean;
}

/**
 * log P(nobody at or below a node said anything | dead since some time), for branches in which nobody said anything. It depends only
 * on how much of what comes in time should have come, so a few columns serve all hours.
 */
export class ZoneSilence {
  readonly #zone: Zone;
  readonly #policy: TrackingPolicy;
  readonly #columns = new Map<number, Float64Array>();
  readonly #delivery: readonly DeliveryState[];
  readonly #callShares: readonly CallShare[];

  constructor(
    zone: Zone,
    policy: TrackingPolicy,
    delivery: readonly DeliveryState[],
    callShares: readonly CallShare[],
  ) {
    this.#delivery = delivery;
    this.#callShares = callShares;
    this.#zone = zone;
    this.#policy = policy;
  }

  /** `gasped` and `called` are the shares, 0 to 1, of gasps and of calls that should be there. */
  below(node: number, gasped: number, called: number, heard: HeardSources): number {
    let log = 0;
    if (heard.meters) log += this.#column(0, gasped)[node] as number;
    if (heard.terminals) log += this.#column(1, gasped)[node] as number;
    if (heard.calls) log += this.#column(2, called)[node] as number;
    return log;
  }

  #column(part: 0 | 1 | 2, share: number): Float64Array {
    const step = Math.round(share * STEPS);
    const key = part * (STEPS + 1) + step;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = this.#sum(part, step / STEPS);
      this.#columns.set(key, column);
    }
    return column;
  }

  #sum(part: 0 | 1 | 2, share: number): Float64Array {
    const { nodes } = this.#zone;
    const meterDelivery = this.#delivery;
    const callShares = this.#callShares;
    const { terminalDelivery } = this.#policy;
    const column = new Float64Array(nodes.length);
    for (let node = nodes.length - 1; node >= 0; node--) {
      const { groups, terminals, customers, parent } = nodes[node] as Zone['nodes'][number];
      let own = 0;
      if (part === 0)
        for (const { meters } of groups)
          own += mixtureLog(meterDelivery, ({ gasp }) => meters.length * Math.log1p(-gasp * share));
      if (part === 1 && terminals.length > 0)
        own += terminals.length * mixtureLog(terminalDelivery, ({ gasp }) => Math.log1p(-gasp * share));
      if (part === 2 && customers > 0)
        own += mixtureLog(callShares, (calls) => customers * Math.log1p(-calls.share * share));
      column[node] = (column[node] as number) + own;
      if (parent >= 0) column[parent] = (column[parent] as number) + (column[node] as number);
    }
    return column;
  }
}

/** log of the weighted mean of exp(log of each part). */
export function mixtureLog<Part extends { readonly weight: number }>(
  parts: readonly Part[],
  logOf: (part: Part, index: number) => number,
): number {
  let most = Number.NEGATIVE_INFINITY;
  const logs = parts.map((part, index) => {
    const log = logOf(part, index) + Math.log(part.weight);
    if (log > most) most = log;
    return log;
  });
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
