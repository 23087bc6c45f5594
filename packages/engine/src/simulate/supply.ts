import { deviceOfMeter, isAtOrBelow, type Network } from '../network.ts';
import type { Fault, StormPhysics, TieFeed } from './fault.ts';
import {
  commonTo,
  type Interval,
  type Intervals,
  NEVER,
  toIntervals,
  unionOf,
  without,
} from './intervals.ts';
import { type PhaseMask, singlePhases } from './phases.ts';
import type { Site } from './site.ts';

/** Who is without supply when. */
export interface Supply {
  /** By meter position: when every phase of it is dead. Meters that always have supply are not listed. */
  readonly off: ReadonlyMap<number, Intervals>;
  /** By meter position: when some of its phases are dead and others live. */
  readonly partial: ReadonlyMap<number, Intervals>;
  /** Of these, when phase A is dead: the one that the head-end has a code for. */
  readonly withoutPhaseA: ReadonlyMap<number, Intervals>;
  /** By fault: when its target interrupts, that is, is open with a live supply side. */
  readonly interrupting: readonly Intervals[];
  /** By fault: positions of the meters that it interrupts and that no fault below it had interrupted before, ascending. */
  readonly metersOf: readonly (readonly number[])[];
  /** By fault: positions of the meters below that are off while it interrupts, whoever interrupted them first, ascending. */
  readonly metersOffBelow: readonly (readonly number[])[];
}

/** When each phase is dead on the load side of a device. */
type DeadPhases = readonly [a: Intervals, b: Intervals, c: Intervals];

const LIVE: DeadPhases = [NEVER, NEVER, NEVER];
const PHASES: readonly PhaseMask[] = [1, 2, 4];

/**
 * Who is without supply, from what is open. A phase is dead at a point when a device between it and its source is open on that
 * phase, unless the point lies in a section that a tie feeds; a meter is off when all its phases are dead. Phases keep
 * their letters through transformers.
 */
export function deriveSupply(site: Site, physics: StormPhysics): Supply {
  const { network } = site;
  const places = placeMeters(network, physics.movedMeters);
  const dead = findDeadPhases(site, physics);
  const services = serviceOpenings(physics.faults);

  const off = new Map<number, Intervals>();
  const partial = new Map<number, Intervals>();
  const withoutPhaseA = new Map<number, Intervals>();
  const note = (meter: number, device: number): void => {
    const state = stateOf(
      dead.get(device) ?? LIVE,
      site.meters.phases[meter] as PhaseMask,
      services.get(meter),
    );
    if (state.off.length > 0) off.set(meter, state.off);
    if (state.partial.length > 0) partial.set(meter, state.partial);
    if (state.withoutPhaseA.length > 0) withoutPhaseA.set(meter, state.withoutPhaseA);
  };
  for (const device of dead.keys()) for (const meter of places.metersAt(device)) note(meter, device);
  for (const meter of services.keys()) note(meter, places.deviceOf(meter));

  const interrupting = physics.faults.map((fault) => interruptingTimes(fault, network, dead, places));
  const reach = physics.faults.map((fault, index) =>
    reachOf({ site, physics, places, off }, fault, interrupting[index] as Intervals),
  );
  return {
    off,
    partial,
    withoutPhaseA,
    interrupting,
    metersOf: reach.map(({ first }) => first),
    metersOffBelow: reach.map(({ all }) => all),
  };
}

interface MeterPlaces {
  readonly deviceOf: (meter: number) => number;
  /** The meters that really hang on the device itself. */
  readonly metersAt: (device: number) => readonly number[];
}

/** Where meters really hang: as registered, but for the moved ones. */
function placeMeters(network: Network, moved: ReadonlyMap<number, number>): MeterPlaces {
  const arrivals = new Map<number, number[]>();
  for (const [meter, device] of moved) arrivals.set(device, [...(arrivals.get(device) ?? []), meter]);
  return {
    deviceOf: (meter) => moved.get(meter) ?? deviceOfMeter(network, meter),
    metersAt: (device) => {
      const meters: number[] = [];
      const to = network.firstMeter[device + 1] as number;
      for (let meter = network.firstMeter[device] as number; meter < to; meter++) {
        if (!moved.has(meter)) meters.push(meter);
      }
      return [...meters, ...(arrivals.get(device) ?? [])];
    },
  };
}

/** The dead phases on the load side of every device at or below one that is ever open; all others always live. */
function findDeadPhases(site: Site, physics: StormPhysics): ReadonlyMap<number, DeadPhases> {
  const { network } = site;
  const opened = groupBy(physics.faults, ({ target }) => (target.kind === 'device' ? target.device : -1));
  opened.delete(-1);
  const tied = groupBy(physics.tieFeeds, ({ section }) => section);

  const dead = new Map<number, DeadPhases>();
  let done = -1;
  for (const top of [...opened.keys()].sort((a, b) => a - b)) {
    if (top < done) continue;
    done = network.subtreeEnd[top] as number;
    // Preorder: what lies above a device is known before it.
    for (let device = top; device < done; device++) {
      const above = dead.get(network.parent[device] as number) ?? LIVE;
      dead.set(device, deadBelow(above, opened.get(device) ?? [], tied.get(device) ?? []));
    }
  }
  return dead;
}

function deadBelow(above: DeadPhases, faults: readonly Fault[], ties: readonly TieFeed[]): DeadPhases {
  if (faults.length === 0 && ties.length === 0) return above;
  const fed = toIntervals(ties.flatMap(({ times }) => times));
  const phase = (index: 0 | 1 | 2): Intervals => {
    const own = faults.filter(({ phases }) => (phases & (PHASES[index] as PhaseMask)) !== 0);
    return without(unionOf(above[index], toIntervals(own.flatMap((f) => f.openings))), fed);
  };
  return [phase(0), phase(1), phase(2)];
}

function phasesOf(dead: DeadPhases, mask: PhaseMask): readonly Intervals[] {
  return singlePhases(mask).map((phase) => dead[PHASES.indexOf(phase)] as Intervals);
}

function stateOf(
  dead: DeadPhases,
  mask: PhaseMask,
  service: Intervals | undefined,
): { readonly off: Intervals; readonly partial: Intervals; readonly withoutPhaseA: Intervals } {
  const phases = phasesOf(dead, mask);
  const all = phases.reduce(commonTo);
  const any = phases.reduce(unionOf);
  const off = unionOf(all, service ?? NEVER);
  const lostA = (mask & 1) === 0 ? NEVER : dead[0];
  return { off, partial: without(any, off), withoutPhaseA: without(lostA, off) };
}

function serviceOpenings(faults: readonly Fault[]): ReadonlyMap<number, Intervals> {
  const openings = new Map<number, Intervals>();
  for (const { target, openings: times } of faults) {
    if (target.kind === 'service')
      openings.set(target.meter, unionOf(openings.get(target.meter) ?? NEVER, times));
  }
  return openings;
}

/** When the target is open and at least one of the phases that it cuts is live above it. */
function interruptingTimes(
  fault: Fault,
  network: Network,
  dead: ReadonlyMap<number, DeadPhases>,
  places: MeterPlaces,
): Intervals {
  const { target } = fault;
  const supply =
    target.kind === 'service' ? places.deviceOf(target.meter) : (network.parent[target.device] as number);
  const above = dead.get(supply) ?? LIVE;
  return phasesOf(above, fault.phases)
    .map((times) => without(fault.openings, times))
    .reduce(unionOf);
}

interface ReachContext {
  readonly site: Site;
  readonly physics: StormPhysics;
  readonly places: MeterPlaces;
  readonly off: ReadonlyMap<number, Intervals>;
}

/** The meters that are off below a fault while it interrupts: all, and those that it is the first to interrupt. */
function reachOf(
  { site, physics, places, off }: ReachContext,
  fault: Fault,
  interrupting: Intervals,
): { readonly all: readonly number[]; readonly first: readonly number[] } {
  const { target } = fault;
  if (interrupting.length === 0) return { all: [], first: [] };
  if (target.kind === 'service') return { all: [target.meter], first: [target.meter] };
  const { network } = site;
  const deeper = physics.faults.filter(
    (other) =>
      other.target.kind === 'service' ||
      (other.target.device !== target.device && isAtOrBelow(network, other.target.device, target.device)),
  );
  const all: number[] = [];
  const first: number[] = [];
  for (let device = target.device; device < (network.subtreeEnd[target.device] as number); device++) {
    for (const meter of places.metersAt(device)) {
      const common = commonTo(off.get(meter) ?? NEVER, interrupting);
      if (common.length === 0) continue;
      all.push(meter);
      const mask = site.meters.phases[meter] as PhaseMask;
      if ((fault.phases & mask) !== mask) continue;
      const below = deeper.filter((other) =>
        other.target.kind === 'service'
          ? other.target.meter === meter
          : isAtOrBelow(network, device, other.target.device),
      );
      if (interrupting.some((time) => commonTo([time], common).length > 0 && !wasOut(below, mask, time)))
        first.push(meter);
    }
  }
  return { all: all.sort((a, b) => a - b), first: first.sort((a, b) => a - b) };
}

/** Whether what lies below had cut the phases of `mask` just before `time` began. */
function wasOut(below: readonly Fault[], mask: PhaseMask, { from }: Interval): boolean {
  let cut = 0;
  for (const { target, phases, openings } of below) {
    if (!openings.some((opening) => opening.from < from && opening.to >= from)) continue;
    cut |= target.kind === 'service' ? mask : phases;
  }
  return (cut & mask) === mask;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
