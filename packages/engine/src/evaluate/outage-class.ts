import { deviceOfMeter, metersBelow, type Range } from '../network.ts';
import type { OutageTarget } from '../simulate/outage-target.ts';
import type { Site } from '../simulate/site.ts';

/**
 * A class of targets that meters cannot tell apart, those with the same meters below, as one number: equal for two targets
 * exactly where they are of one class. A service is of its transformer's class where that feeds nobody else.
 */
export type ClassKey = number;

/** Positions of the meters that the target interrupts. */
export function metersOfTarget({ network }: Site, target: OutageTarget): Range {
  if (target.kind === 'service') return { from: target.meter, to: target.meter + 1 };
  return metersBelow(network, target.device);
}

/** The class of a target; a device without meters is a class of its own, below zero. */
export function classKeyOf(site: Site, target: OutageTarget): ClassKey {
  const { from, to } = metersOfTarget(site, target);
  if (from === to && target.kind === 'device') return -1 - target.device;
  return from * (site.network.meterCount + 1) + to;
}

/** The classes from a target's own up to that of its source. */
function classesAbove(site: Site, target: OutageTarget): readonly ClassKey[] {
  const { network } = site;
  const classes = [classKeyOf(site, target)];
  let device =
    target.kind === 'service'
      ? deviceOfMeter(network, target.meter)
      : (network.parent[target.device] as number);
  for (; device >= 0; device = network.parent[device] as number) {
    const above = classKeyOf(site, { kind: 'device', device });
    if (above !== classes.at(-1)) classes.push(above);
  }
  return classes;
}

/**
 * How many steps lie between the classes of two targets: up from the one to the class that both lie below, and down to the
 * other. 0 for one class; for targets of different sources through a point above both.
 */
export function classDistance(site: Site, one: OutageTarget, other: OutageTarget): number {
  const ones = classesAbove(site, one);
  const others = classesAbove(site, other);
  for (const [steps, key] of ones.entries()) {
    const down = others.indexOf(key);
    if (down >= 0) return steps + down;
  }
  return ones.length + others.length;
}

/** Whether two ranges of meters have one in common; of targets in a tree one then holds the other. */
export function isOnOnePath(a: Range, b: Range): boolean {
  return a.from < b.to && b.from < a.to;
}
