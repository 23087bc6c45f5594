import type { TrackingSite, Zone } from './zone.ts';

/**
 * When something was last said of the meters of each node of a zone, by a count of words that only grows: what was worked out of a node
 * still holds as long as nothing was said there since.
 */
export class NodeNews {
  readonly #zone: Zone;
  readonly #terminalOf: Int32Array;
  #count = 0;
  /** By node: the count with its last word; empty until there is one. */
  #lastAt = new Float64Array(0);
  /** The nodes of each terminal whose building hangs on several. */
  #spread: ReadonlyMap<number, readonly number[]> | null = null;

  constructor(zone: Zone, { meters }: TrackingSite) {
    this.#zone = zone;
    this.#terminalOf = meters.terminal;
  }

  /** How much was said. */
  get count(): number {
    return this.#count;
  }

  /** Takes that a meter said something, by its position, or the terminal of its building for all who live there. */
  note(meter: number, isTerminals: boolean): void {
    const { nodeOfMeter, nodes, from } = this.#zone;
    if (this.#lastAt.length === 0) this.#lastAt = new Float64Array(nodes.length);
    this.#count++;
    this.#lastAt[nodeOfMeter[meter - from] as number] = this.#count;
    if (!isTerminals) return;
    this.#spread ??= this.#findSpread();
    for (const node of this.#spread.get(this.#terminalOf[meter] as number) ?? [])
      this.#lastAt[node] = this.#count;
  }

  /** Whether something was said of a node's meters after so much had been said. */
  isSince(node: number, count: number): boolean {
    return (this.#lastAt[node] ?? 0) > count;
  }

  #findSpread(): ReadonlyMap<number, readonly number[]> {
    const { from, to, nodeOfMeter } = this.#zone;
    const nodesOf = new Map<number, Set<number>>();
    for (let meter = from; meter < to; meter++) {
      const terminal = this.#terminalOf[meter] as number;
      if (terminal < 0) continue;
      const node = nodeOfMeter[meter - from] as number;
      const known = nodesOf.get(terminal);
      if (known === undefined) nodesOf.set(terminal, new Set([node]));
      else known.add(node);
    }
    const spread = new Map<number, readonly number[]>();
    for (const [terminal, nodes] of nodesOf) if (nodes.size > 1) spread.set(terminal, [...nodes]);
    return spread;
  }
}
