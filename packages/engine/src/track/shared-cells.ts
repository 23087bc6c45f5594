import type { ZoneNode } from './zone.ts';

/** A cell whose meters hang on several nodes, at the node below which all of them that are judged together lie. */
export interface ClosingCell {
  /** A number of its own in the zone. */
  readonly cell: number;
  /** Index of the node's own group of the cell; -1 where none of its meters hangs on the node itself. */
  readonly group: number;
  /** Children that carry it. */
  readonly children: readonly number[];
  /** Meters of the cell at and below the node. */
  readonly smart: number;
}

/** Which cells have one quality of delivery in common across nodes, and where that is averaged over; columns by node. */
export interface SharedCells {
  /** The cell, by its number in the zone, whose quality what is said below depends on still, so that it is carried on upwards; -1 where none is. */
  readonly carried: Int32Array;
  /** Index of the node's own group of that cell; -1 where it has none. */
  readonly carriedGroup: Int32Array;
  /** Meters of that cell at and below. */
  readonly carriedSmart: Int32Array;
  /** Children that carry the same cell as their parent. */
  readonly carriers: readonly (readonly number[])[];
  /** Children that carry nothing. */
  readonly plain: readonly (readonly number[])[];
  /** Cells that are averaged over at the node, with meters below it. */
  readonly closing: readonly (readonly ClosingCell[])[];
  /** Indices of the node's groups whose cell has no other meters that are judged with them. */
  readonly lone: readonly (readonly number[])[];
}

/**
 * Where cells are shared by nodes. A cell is carried from the nodes on which its meters hang up to the lowest one above all of them, and its
 * quality is one there: exact where at each node no more than one cell is carried. Where several would be, the one with most meters is,
 * and what there is of the others below counts as cells of their own.
 */
export function findSharedCells(nodes: readonly ZoneNode[]): SharedCells {
  const numberOf = new Map<number, number>();
  const totals: number[] = [];
  for (const { groups } of nodes) {
    for (const { cell, meters } of groups) {
      const number = numberOf.get(cell) ?? numberOf.size;
      numberOf.set(cell, number);
      totals[number] = (totals[number] ?? 0) + meters.length;
    }
  }
  const count = nodes.length;
  const carried = new Int32Array(count).fill(-1);
  const carriedGroup = new Int32Array(count).fill(-1);
  const carriedSmart = new Int32Array(count);
  const carriers: (readonly number[])[] = new Array(count).fill(NONE);
  const plain: (readonly number[])[] = new Array(count).fill(NONE);
  const closing: (readonly ClosingCell[])[] = new Array(count).fill(NO_CELLS);
  const lone: (readonly number[])[] = new Array(count).fill(NONE);
  for (let node = count - 1; node >= 0; node--) {
    const { groups, children } = nodes[node] as ZoneNode;
    const here = new Map<number, { group: number; children: number[]; smart: number }>();
    const at = (cell: number) => {
      const known = here.get(cell) ?? { group: -1, children: [], smart: 0 };
      here.set(cell, known);
      return known;
    };
    for (const [index, { cell, meters }] of groups.entries()) {
      const own = at(numberOf.get(cell) as number);
      own.group = index;
      own.smart += meters.length;
    }
    const silent: number[] = [];
    for (const child of children) {
      const cell = carried[child] as number;
      if (cell < 0) silent.push(child);
      else {
        const own = at(cell);
        own.children.push(child);
        own.smart += carriedSmart[child] as number;
      }
    }
    plain[node] = silent.length === children.length ? children : silent;
    let most = 0;
    if (node > 0) {
      for (const [cell, { smart }] of here) {
        if (smart === totals[cell]) continue;
        const isMore = smart > most || (smart === most && cell < (carried[node] as number));
        if (!isMore) continue;
        most = smart;
        carried[node] = cell;
      }
    }
    const closed: ClosingCell[] = [];
    const alone: number[] = [];
    for (const [cell, own] of here) {
      if (cell === carried[node] && most > 0) {
        carriedGroup[node] = own.group;
        carriedSmart[node] = own.smart;
        carriers[node] = own.children;
      } else if (own.children.length === 0) alone.push(own.group);
      else closed.push({ cell, ...own });
    }
    if (alone.length > 0) lone[node] = alone;
    if (closed.length > 0) closing[node] = closed;
  }
  return { carried, carriedGroup, carriedSmart, carriers, plain, closing, lone };
}

const NONE: readonly number[] = [];
const NO_CELLS: readonly ClosingCell[] = [];
