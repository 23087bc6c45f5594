import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceOfMeter, isAtOrBelow } from '../network.ts';
import type { Fault, StormPhysics } from './fault.ts';
import { ALL_PHASES, singlePhases } from './phases.ts';
import { buildSite, type Site } from './site.ts';
import { stormPlan } from './storm-plan.ts';
import { deriveSupply, type Supply } from './supply.ts';

const PHASES = ['A', 'B', 'C', 'AB', 'ABC'];

/** Any tree of up to nine devices with up to eight meters; the first device is the source. */
const anySite: fc.Arbitrary<Site> = fc
  .record({
    parents: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }),
    meters: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...PHASES)), { minLength: 1, maxLength: 8 }),
  })
  .map(({ parents, meters }) => {
    const keys = parents.length + 1;
    const devices = Array.from({ length: keys }, (_, index) => ({
      key: index + 1,
      code: `D${index}`,
      kind: index === 0 ? ('substation' as const) : ('fuse' as const),
      upstreamKey: index === 0 ? null : 1 + ((parents[index - 1] as number) % index),
      substationKey: 1,
      feederKey: null,
      isNormallyOpen: false,
      isFeederHead: false,
      isImplied: false,
      phases: 'ABC',
    }));
    const rows = meters.map(([device, phases], index) => ({
      number: `M${index}`,
      deviceKey: 1 + (device % keys),
      feederKey: null,
      substationKey: 1,
      customers: 1,
      isAboveFeederHead: false,
      cell: null,
      terminal: null,
      isSmart: true,
      phases,
      isFoundByPhone: false,
      isFoundByAddress: false,
    }));
    return buildSite(devices, rows, []);
  });

const anyTimes = fc
  .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 4 })
  .map((marks) => [...new Set(marks)].sort((a, b) => a - b))
  .map((marks) =>
    marks.flatMap((from, index) =>
      index % 2 === 0 ? [{ from, to: marks[index + 1] ?? Number.POSITIVE_INFINITY }] : [],
    ),
  );

const anyStorm = anySite.chain((site) => {
  const fault = fc
    .record({
      isService: fc.boolean(),
      at: fc.nat(),
      phases: fc.constantFrom(1, 2, 4, 3, ALL_PHASES, ALL_PHASES),
      openings: anyTimes,
    })
    .map(({ isService, at, phases, openings }): Fault => {
      const target = isService
        ? ({ kind: 'service', meter: at % site.network.meterCount } as const)
        : ({ kind: 'device', device: at % site.network.deviceCount } as const);
      return { target, phases: isService ? ALL_PHASES : phases, cause: '', location: -1, openings };
    });
  const tie = fc.record({ section: fc.nat({ max: site.network.deviceCount - 1 }), times: anyTimes });
  const moved = fc.array(
    fc.tuple(fc.nat({ max: site.network.meterCount - 1 }), fc.nat({ max: site.network.deviceCount - 1 })),
    { maxLength: 2 },
  );
  return fc.record({
    site: fc.constant(site),
    plan: fc
      .record({
        faults: fc.array(fault, { maxLength: 4 }),
        tieFeeds: fc.array(tie, { maxLength: 1 }),
        movedMeters: moved.map((pairs) => new Map(pairs)),
      })
      .map(stormPlan),
  });
});

/** Every instant between two whole ones is like the first of them. */
const INSTANTS = Array.from({ length: 24 }, (_, instant) => instant);
const holds = (times: readonly { from: number; to: number }[] | undefined, at: number) =>
  (times ?? []).some(({ from, to }) => from <= at && at < to);

/** Whether a phase is dead below a device, by walking up: open on the way, unless a tie feeds in between. */
function isDead(site: Site, plan: StormPhysics, device: number, phase: number, at: number): boolean {
  for (let d = device; d >= 0; d = site.network.parent[d] as number) {
    if (plan.tieFeeds.some(({ section, times }) => section === d && holds(times, at))) return false;
    const isOpen = plan.faults.some(
      ({ target, phases, openings }) =>
        target.kind === 'device' && target.device === d && (phases & phase) !== 0 && holds(openings, at),
    );
    if (isOpen) return true;
  }
  return false;
}

function isOff(site: Site, plan: StormPhysics, meter: number, at: number): boolean {
  const device = placeOf(site, plan, meter);
  const ownService = plan.faults.some(
    ({ target, openings }) => target.kind === 'service' && target.meter === meter && holds(openings, at),
  );
  const phases = singlePhases(site.meters.phases[meter] as number);
  return ownService || phases.every((phase) => isDead(site, plan, device, phase, at));
}

const placeOf = ({ network }: Site, plan: StormPhysics, meter: number) =>
  plan.movedMeters.get(meter) ?? deviceOfMeter(network, meter);

function isInterrupting(site: Site, plan: StormPhysics, fault: Fault, at: number): boolean {
  const above =
    fault.target.kind === 'service'
      ? placeOf(site, plan, fault.target.meter)
      : (site.network.parent[fault.target.device] as number);
  return (
    holds(fault.openings, at) &&
    singlePhases(fault.phases).some((phase) => !isDead(site, plan, above, phase, at))
  );
}

const everyStorm = (check: (site: Site, plan: StormPhysics, supply: Supply) => void) =>
  fc.assert(
    fc.property(anyStorm, ({ site, plan }) => check(site, plan, deriveSupply(site, plan))),
    { numRuns: 300 },
  );

describe('in any storm', () => {
  it('a meter is off exactly when each of its phases is open on the way to its source', () => {
    everyStorm((site, plan, supply) => {
      for (let meter = 0; meter < site.network.meterCount; meter++) {
        for (const at of INSTANTS)
          expect(holds(supply.off.get(meter), at)).toBe(isOff(site, plan, meter, at));
      }
    });
  });

  it('a meter has lost a phase exactly when one is dead and it is not off', () => {
    everyStorm((site, plan, supply) => {
      for (let meter = 0; meter < site.network.meterCount; meter++) {
        const phases = singlePhases(site.meters.phases[meter] as number);
        for (const at of INSTANTS) {
          const isAnyDead = phases.some((phase) => isDead(site, plan, placeOf(site, plan, meter), phase, at));
          expect(holds(supply.partial.get(meter), at)).toBe(isAnyDead && !isOff(site, plan, meter, at));
        }
      }
    });
  });

  it('a device interrupts exactly when it is open with a live supply side', () => {
    everyStorm((site, plan, supply) => {
      for (const [index, fault] of plan.faults.entries()) {
        for (const at of INSTANTS)
          expect(holds(supply.interrupting[index], at)).toBe(isInterrupting(site, plan, fault, at));
      }
    });
  });

  it('the meters of a fault are those below it that are off while it interrupts, without who was out already', () => {
    everyStorm((site, plan, supply) => {
      for (const [index, fault] of plan.faults.entries()) {
        const { target } = fault;
        if (target.kind === 'service') continue;
        const below = Array.from({ length: site.network.meterCount }, (_, meter) => meter).filter((meter) =>
          isAtOrBelow(site.network, placeOf(site, plan, meter), target.device),
        );
        const offBelow = below.filter((meter) =>
          INSTANTS.some((at) => isInterrupting(site, plan, fault, at) && isOff(site, plan, meter, at)),
        );
        expect(supply.metersOffBelow[index]).toEqual(offBelow);
        const isFirst = (meter: number): boolean => {
          const mask = site.meters.phases[meter] as number;
          const deeper = plan.faults.filter((other) => isBetween(site, plan, other, target.device, meter));
          const wasCutAt = (at: number): number =>
            deeper.reduce((cut, { target: other, phases, openings }) => {
              if (!holds(openings, at)) return cut;
              return cut | (other.kind === 'service' ? ALL_PHASES : phases);
            }, 0);
          let wasOut = false;
          return INSTANTS.some((at) => {
            if (!isInterrupting(site, plan, fault, at)) return false;
            const isBeginning = at === 0 || !isInterrupting(site, plan, fault, at - 1);
            if (isBeginning) wasOut = (wasCutAt(at - 1) & mask) === mask;
            return !wasOut && isOff(site, plan, meter, at);
          });
        };
        const first = offBelow.filter(
          (meter) => ((site.meters.phases[meter] as number) & ~fault.phases) === 0 && isFirst(meter),
        );
        expect(supply.metersOf[index]).toEqual(first);
      }
    });
  });
});

function isBetween(site: Site, plan: StormPhysics, { target }: Fault, top: number, meter: number): boolean {
  if (target.kind === 'service') return target.meter === meter;
  const place = placeOf(site, plan, meter);
  return (
    target.device !== top &&
    isAtOrBelow(site.network, target.device, top) &&
    isAtOrBelow(site.network, place, target.device)
  );
}
