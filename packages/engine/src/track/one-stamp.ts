import type { ZoneEvidence } from './place-evidence.ts';
import { type Slot, slotAt } from './slots.ts';
import type { CellGroup, Zone, ZoneNode } from './zone.ts';

/** The group of a cell's meters on one node, by its place in the zone. */
interface GroupPlace {
  readonly node: number;
  readonly index: number;
}

/** Fewer gasps of one stamp are chance. */
const FEWEST_STAMPED = 3;

/** Whether a stamp, in seconds since 1970, is finer than a second; to the microsecond, as instants are. */
export function isFineStamp(at: number): boolean {
  return Math.abs(at - Math.round(at)) > 1e-6;
}

/**
 * On how many nodes the gasps lie of which one concentrator may be the reason that the meters of a group told of; 0 where it cannot be. It may
 * where all that gasped in the group did with one stamp that is finer than a second, and nobody beside the cell gasped at that time: where
 * stamps are whole seconds, one for all is what a real outage looks like, and an outage of several cells is none of a concentrator.
 */
export function oneStampParts(
  { zone, slots: { offs }, said }: Pick<ZoneEvidence, 'zone' | 'slots' | 'said'>,
  node: number,
  index: number,
): number {
  const at = said[node]?.groups[index]?.stamp ?? null;
  if (at === null) return 0;
  const slot = offs[slotAt(offs, at)] as Slot | undefined;
  if (slot === undefined || slot.from !== slot.to || slot.witnesses < FEWEST_STAMPED) return 0;
  let gasps = 0;
  let parts = 0;
  for (const place of placesOfCell(zone, ((zone.nodes[node] as ZoneNode).groups[index] as CellGroup).cell)) {
    const heard = said[place.node]?.groups[place.index]?.heard ?? [];
    const own = heard.filter(({ witness }) => witness.offs.some((off) => off.at === at)).length;
    gasps += own;
    if (own > 0) parts++;
  }
  return gasps === slot.witnesses ? parts : 0;
}

const CELLS = new WeakMap<Zone, ReadonlyMap<number, readonly GroupPlace[]>>();

function placesOfCell(zone: Zone, cell: number): readonly GroupPlace[] {
  let cells = CELLS.get(zone);
  if (cells === undefined) {
    const found = new Map<number, GroupPlace[]>();
    for (const [node, { groups }] of zone.nodes.entries()) {
      for (const [index, group] of groups.entries()) {
        const places = found.get(group.cell) ?? [];
        found.set(group.cell, places);
        places.push({ node, index });
      }
    }
    cells = found;
    CELLS.set(zone, cells);
  }
  return cells.get(cell) ?? [];
}
