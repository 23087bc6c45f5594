import { describe, expect, it } from 'vitest';
import type { Fault } from './fault.ts';
import type { Interval } from './intervals.ts';
import { ALL_PHASES } from './phases.ts';
import { stormPlan } from './storm-plan.ts';
import { deriveSupply } from './supply.ts';
import { deviceAt, meterAt, SiteBuilder } from './testing/site-builder.ts';

const FOR_EVER = Number.POSITIVE_INFINITY;

/** A breaker over two fuses; the first with two transformers, the second with one, two meters each. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('FU1', 'fuse')
  .device('T1')
  .meters(2)
  .device('T2', 'transformer', { below: 'FU1' })
  .meters(2)
  .device('FU2', 'fuse', { below: 'CB' })
  .device('T3')
  .meters(1, { phases: 'A' })
  .meters(1, { phases: 'B', customers: 3 })
  .build();
const at = (number: string) => meterAt(site, number);
const fault = (code: string, openings: readonly Interval[], phases = ALL_PHASES): Fault => ({
  target: { kind: 'device', device: deviceAt(site, code) },
  phases,
  cause: 'equipment failure',
  location: -1,
  openings,
});

describe('who is without supply', () => {
  it('is everyone below a device that is open, for as long as it is', () => {
    const supply = deriveSupply(site, stormPlan({ faults: [fault('FU1', [{ from: 10, to: 50 }])] }));
    expect(supply.off).toEqual(
      new Map(['M1', 'M2', 'M3', 'M4'].map((number) => [at(number), [{ from: 10, to: 50 }]])),
    );
    expect(supply.metersOf[0]).toEqual(['M1', 'M2', 'M3', 'M4'].map(at));
  });

  it('is the fault’s part alone once the breaker above it has reclosed', () => {
    const supply = deriveSupply(
      site,
      stormPlan({
        faults: [fault('CB', [{ from: 10, to: 40 }]), fault('T1', [{ from: 10, to: FOR_EVER }])],
      }),
    );
    expect(supply.off.get(at('M1'))).toEqual([{ from: 10, to: FOR_EVER }]);
    expect(supply.off.get(at('M3'))).toEqual([{ from: 10, to: 40 }]);
    expect(supply.interrupting).toEqual([[{ from: 10, to: 40 }], [{ from: 40, to: FOR_EVER }]]);
    expect(supply.metersOf[1]).toEqual(['M1', 'M2'].map(at));
  });

  it('counts nobody twice: who was out already is not interrupted again by the breaker', () => {
    const supply = deriveSupply(
      site,
      stormPlan({ faults: [fault('T1', [{ from: 10, to: 90 }]), fault('CB', [{ from: 30, to: 60 }])] }),
    );
    expect(supply.metersOf[0]).toEqual(['M1', 'M2'].map(at));
    expect(supply.metersOf[1]).toEqual(['M3', 'M4', 'M5', 'M6'].map(at));
    expect(supply.metersOffBelow[1]).toEqual(['M1', 'M2', 'M3', 'M4', 'M5', 'M6'].map(at));
  });

  it('comes back in a section that a tie feeds, before the fault is repaired', () => {
    const supply = deriveSupply(
      site,
      stormPlan({
        faults: [fault('CB', [{ from: 10, to: 100 }])],
        tieFeeds: [{ section: deviceAt(site, 'FU2'), times: [{ from: 40, to: 100 }] }],
      }),
    );
    expect(supply.off.get(at('M5'))).toEqual([{ from: 10, to: 40 }]);
    expect(supply.off.get(at('M1'))).toEqual([{ from: 10, to: 100 }]);
    expect(supply.interrupting[0]).toEqual([{ from: 10, to: 100 }]);
  });

  it('is only who hangs on the phase that one fuse of three cut; three-phase meters keep two', () => {
    const supply = deriveSupply(site, stormPlan({ faults: [fault('CB', [{ from: 10, to: 20 }], 1)] }));
    expect([...supply.off.keys()]).toEqual([at('M5')]);
    expect([...supply.partial.keys()]).toEqual(['M1', 'M2', 'M3', 'M4'].map(at));
    expect(supply.withoutPhaseA.size).toBe(4);
    expect(supply.metersOf[0]).toEqual([at('M5')]);
  });

  it('follows where a meter really hangs, not where the registry has it', () => {
    const supply = deriveSupply(
      site,
      stormPlan({
        faults: [fault('FU2', [{ from: 10, to: 20 }])],
        movedMeters: new Map([
          [at('M1'), deviceAt(site, 'T3')],
          [at('M5'), deviceAt(site, 'T1')],
        ]),
      }),
    );
    expect([...supply.off.keys()].sort()).toEqual([at('M1'), at('M6')]);
  });

  it('has each shot of a reclosing device by itself', () => {
    const shots = [
      { from: 10, to: 12 },
      { from: 22, to: 40 },
      { from: 50, to: FOR_EVER },
    ];
    const supply = deriveSupply(site, stormPlan({ faults: [fault('CB', shots)] }));
    expect(supply.off.get(at('M4'))).toEqual(shots);
  });

  it('is one meter where its own service failed, and then not because of it while the fuse is open', () => {
    const service: Fault = {
      target: { kind: 'service', meter: at('M2') },
      phases: ALL_PHASES,
      cause: 'service fault',
      location: -1,
      openings: [{ from: 10, to: 60 }],
    };
    const supply = deriveSupply(site, stormPlan({ faults: [service, fault('FU1', [{ from: 20, to: 30 }])] }));
    expect(supply.off.get(at('M2'))).toEqual([{ from: 10, to: 60 }]);
    expect(supply.interrupting[0]).toEqual([
      { from: 10, to: 20 },
      { from: 30, to: 60 },
    ]);
    expect(supply.metersOf[1]).toEqual(['M1', 'M3', 'M4'].map(at));
  });
});
