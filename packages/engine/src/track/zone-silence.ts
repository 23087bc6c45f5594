import type { CallShare, DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import type { SharedCells } from './shared-cells.ts';
import type { CellGroup, Zone, ZoneNode } from './zone.ts';

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

/** Shares, 0 to 1, of the gasps of meters and of terminals, and of the calls, about one loss that should be there. */
export interface AwaitedShares {
  readonly gasped: number;
  readonly gaspedByTerminals: number;
  readonly called: number;
}

/**
 * log P(nobody at or below a node said anything | dead since some time), for branches in which nobody said anything, without the meters
 * of a cell that is carried on upwards. It depends only on how much of what comes in time should have come, so a few columns serve all hours.
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

  /** The columns, by node, whose sum is the log: one for each source that was ever heard. */
  columns(
    { gasped, gaspedByTerminals, called }: AwaitedShares,
    heard: HeardSources,
  ): readonly Float64Array[] {
    const columns: Float64Array[] = [];
    if (heard.meters) columns.push(this.#column(0, gasped));
    if (heard.terminals) columns.push(this.#column(1, gaspedByTerminals));
    if (heard.calls) columns.push(this.#column(2, called));
    return columns;
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
    const logOf = memoised(this.#logOf(part, share));
    const column = new Float64Array(nodes.length);
    for (let node = nodes.length - 1; node >= 0; node--) {
      const { parent } = nodes[node] as ZoneNode;
      const own = (column[node] as number) + this.#own(part, node, logOf);
      column[node] = own;
      if (parent >= 0) column[parent] = (column[parent] as number) + own;
    }
    return column;
  }

  /** log P(so many of a kind are silent): of the meters of one cell, of terminals, or of the customers of a node. */
  #logOf(part: 0 | 1 | 2, share: number): (count: number) => number {
    const meters = this.#delivery;
    const callShares = this.#callShares;
    const { terminalDelivery } = this.#policy;
    if (part === 0) return (count) => mixtureLog(meters, ({ gasp }) => count * Math.log1p(-gasp * share));
    if (part === 1) {
      const one = mixtureLog(terminalDelivery, ({ gasp }) => Math.log1p(-gasp * share));
      return (count) => count * one;
    }
    return (count) => mixtureLog(callShares, (calls) => count * Math.log1p(-calls.share * share));
  }

  /** What hangs on a node itself, and cells that are averaged over there; what is carried on upwards is not in it. */
  #own(part: 0 | 1 | 2, node: number, logOf: (count: number) => number): number {
    const { groups, terminals, customers } = this.#zone.nodes[node] as ZoneNode;
    if (part === 1) return terminals.length === 0 ? 0 : logOf(terminals.length);
    if (part === 2) return customers === 0 ? 0 : logOf(customers);
    const { lone, closing } = this.#zone.cells;
    let own = 0;
    for (const index of lone[node] as readonly number[])
      own += logOf((groups[index] as CellGroup).meters.length);
    for (const { smart } of closing[node] as SharedCells['closing'][number]) own += logOf(smart);
    return own;
  }
}

/** Counts repeat: a zone has a thousand cells of a dozen sizes. */
function memoised(logOf: (count: number) => number): (count: number) => number {
  const known: number[] = [];
  return (count) => {
    const log = known[count] ?? logOf(count);
    known[count] = log;
    return log;
  };
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
