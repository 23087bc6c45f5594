import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { seededRandom } from '../random.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import type { Site } from '../simulate/site.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { explainOutage } from './explain-outage.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';

const START = STORM_START;

/** Two fuses below a breaker, two transformers below each, eight meters below each of these. */
function smallFeeder(): Site {
  return new SiteBuilder()
    .substation('S')
    .device('CB', 'breaker')
    .device('F1', 'fuse', { below: 'CB' })
    .device('T1', 'transformer', { below: 'F1' })
    .meters(8)
    .device('T2', 'transformer', { below: 'F1' })
    .meters(8)
    .device('F2', 'fuse', { below: 'CB' })
    .device('T3', 'transformer', { below: 'F2' })
    .meters(8)
    .device('T4', 'transformer', { below: 'F2' })
    .meters(8)
    .build();
}

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `M${from + i}`);

function said(
  site: Site,
  kind: TrackerRecord['kind'],
  meters: readonly string[],
  minute: number,
  source: TrackerRecord['source']['type'] = 'kaifa',
): readonly TrackerRecord[] {
  return meters.map((number, i) => ({
    kind,
    // No two clocks agree.
    eventAt: START + minutes(minute) + (i % 5) * 300_000,
    source: { type: source },
    meterKey: site.network.meterKey[meterAt(site, number)] as number,
    deviceKey: null,
  }));
}

function told(site: Site, kind: TrackerRecord['kind'], code: string, minute: number): TrackerRecord {
  return {
    kind,
    eventAt: START + minutes(minute),
    source: { type: 'scada' },
    meterKey: null,
    deviceKey: site.network.devices[deviceAt(site, code)]?.key as number,
  };
}

function judge(site: Site, records: readonly TrackerRecord[], minute: number) {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const record of records) tracker.take(record);
  tracker.judge(START + minutes(minute));
  const name = (outage: { target: { kind: string; devices?: readonly number[]; meter?: number } }): string =>
    outage.target.kind === 'service'
      ? `service ${site.meters.number[outage.target.meter as number]}`
      : (site.network.devices[outage.target.devices?.[0] as number]?.code as string);
  const zones = tracker.zones();
  return {
    tracker,
    open: zones.flatMap(({ outages }) => outages.open.map(name)),
    ended: zones.flatMap(({ outages }) => outages.ended.map(name)),
    outages: zones.flatMap(({ outages }) => [...outages.open, ...outages.ended]),
    openOutages: zones.flatMap(({ outages }) => outages.open),
  };
}

describe('the device that interrupts', () => {
  it('is the transformer when nearly all of its meters gasp and nobody else does', () => {
    const site = smallFeeder();
    const { open, openOutages } = judge(site, said(site, 'power_off', numbers(1, 7), 1), 5);
    expect(open).toEqual(['T1']);
    expect(openOutages[0]?.confidence).toBeGreaterThan(0.75);
  });

  it('is the fuse when both of its transformers gasp', () => {
    const site = smallFeeder();
    const gasps = said(
      site,
      'power_off',
      ['M1', 'M2', 'M4', 'M5', 'M7', 'M9', 'M10', 'M12', 'M13', 'M16'],
      1,
    );
    expect(judge(site, gasps, 5).open).toEqual(['F1']);
  });

  it('is each transformer for itself when those of two fuses gasp at different times', () => {
    const site = smallFeeder();
    const gasps = [
      ...said(site, 'power_off', numbers(1, 7), 1),
      ...said(site, 'power_off', numbers(17, 23), 9),
    ];
    expect([...judge(site, gasps, 15).open].sort()).toEqual(['T1', 'T3']);
  });

  it('is not shown before silence means anything', () => {
    const site = smallFeeder();
    const early = judge(site, said(site, 'power_off', ['M1', 'M2'], 1), 1.2);
    for (const outage of early.openOutages) expect(outage.confidence).toBeLessThan(0.98);
  });

  it('is nobody when one meter gasps and no more is heard: that is a suspicion', () => {
    const site = smallFeeder();
    for (const minute of [9, 90])
      expect(judge(site, said(site, 'power_off', ['M3'], 1), minute).open).toEqual([]);
  });

  it('is one service when one meter gasps, its neighbours do not, and it answers no ping or its customer calls', () => {
    const site = smallFeeder();
    const gasp = said(site, 'power_off', ['M3'], 1);
    for (const more of [
      said(site, 'not_heard', ['M3'], 4),
      said(site, 'no_supply_call', ['M3'], 4, 'call_center'),
    ])
      expect(judge(site, [...gasp, ...more], 9).open).toEqual(['service M3']);
  });

  it('is nobody when that meter takes it back', () => {
    const site = smallFeeder();
    const records = [...said(site, 'power_off', ['M3'], 1), ...said(site, 'power_on', ['M3'], 2)];
    expect(judge(site, records, 9).open).toEqual([]);
  });
});

describe('readings', () => {
  it('of the meters below refute every device above them', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'power_off', numbers(1, 6), 1),
      ...said(site, 'power_off', numbers(9, 11), 1),
      ...said(site, 'heard', numbers(12, 16), 6),
    ];
    expect(judge(site, records, 9).open).not.toContain('F1');
    expect(judge(site, records, 9).open).toContain('T1');
  });

  it('from before the outage refute nothing', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'heard', numbers(1, 16), 1),
      ...said(site, 'power_off', numbers(1, 6), 10),
      ...said(site, 'power_off', numbers(9, 14), 10),
    ];
    expect(judge(site, records, 15).open).toEqual(['F1']);
  });
});

describe('restoration', () => {
  const out = (site: Site) =>
    said(
      site,
      'power_off',
      numbers(1, 32).filter((_, i) => i % 5 !== 0),
      1,
    );

  it('by the breaker ends the outage when its meters are back', () => {
    const site = smallFeeder();
    const { open, ended } = judge(site, [...out(site), ...said(site, 'power_on', numbers(1, 32), 8)], 14);
    expect(open).toEqual([]);
    expect(ended).toEqual(['CB']);
  });

  it('leaves the device open below which nobody comes back', () => {
    const site = smallFeeder();
    const { open, ended } = judge(site, [...out(site), ...said(site, 'power_on', numbers(9, 32), 8)], 14);
    expect(open).toEqual(['T1']);
    expect(ended).toEqual(['CB']);
  });

  it('within the limit leaves nothing open', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'power_off', numbers(1, 7), 1),
      ...said(site, 'power_on', numbers(1, 8), 3),
    ];
    const { open, outages } = judge(site, records, 9);
    expect(open).toEqual([]);
    expect((outages[0]?.endedAt ?? 0) - (outages[0]?.startedAt ?? 0)).toBe(minutes(2));
  });
});

describe('telemetry', () => {
  it('opens the breaker at once', () => {
    const site = smallFeeder();
    expect(judge(site, [told(site, 'switch_open', 'CB', 1)], 1.1).open).toEqual(['CB']);
  });

  it('of a test is not believed when the meters that would have gasped are silent', () => {
    const site = smallFeeder();
    // They did minutes before, so their cells work.
    const records = [
      ...said(site, 'power_off', numbers(1, 32), 1),
      ...said(site, 'power_on', numbers(1, 32), 2),
      told(site, 'switch_open', 'CB', 9),
    ];
    expect(judge(site, records, 16).open).toEqual([]);
  });

  it('of a trip is believed where nobody knows whether the meters below can gasp', () => {
    const site = smallFeeder();
    const records = [told(site, 'switch_open', 'CB', 5), ...said(site, 'power_off', ['M2', 'M3'], 5)];
    const { open, openOutages } = judge(site, records, 12);
    expect(open).toEqual(['CB']);
    expect(openOutages[0]).toMatchObject({ isTold: true, startedAt: START + minutes(5) });
  });

  it('of a reclosing sequence is one event', () => {
    const site = smallFeeder();
    const records = [
      told(site, 'switch_open', 'CB', 1),
      told(site, 'switch_closed', 'CB', 1.03),
      told(site, 'switch_open', 'CB', 1.2),
      told(site, 'switch_closed', 'CB', 1.5),
    ];
    const { open, ended } = judge(site, records, 9);
    expect(open).toEqual([]);
    expect(ended.length).toBeLessThanOrEqual(1);
  });
});

describe('a loose contact', () => {
  it('is not heard any more after some gasps', () => {
    const site = smallFeeder();
    const records = [1, 2, 3, 4, 5].flatMap((minute) => [
      ...said(site, 'power_off', ['M3'], minute),
      ...said(site, 'power_on', ['M3'], minute + 0.5),
    ]);
    expect(judge(site, [...records, ...said(site, 'power_off', ['M3'], 7)], 12).open).toEqual([]);
  });
});

describe('the order of arrival', () => {
  it('leaves no trace, nor does repetition', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'power_off', numbers(1, 30), 1),
      ...said(site, 'power_on', numbers(9, 32), 8),
      ...said(site, 'power_off', ['M20', 'M21', 'M22', 'M23', 'M24'], 30),
      ...said(site, 'no_supply_call', ['M1', 'M2'], 12, 'call_center'),
      told(site, 'switch_open', 'CB', 1),
      told(site, 'switch_closed', 'CB', 8),
    ];
    const state = (some: readonly TrackerRecord[]): string => JSON.stringify(judge(site, some, 60).outages);
    const expected = state(records);
    const random = seededRandom(7);
    for (let round = 0; round < 10; round++) {
      const shuffled = [...records, ...records]
        .map((record) => ({ record, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ record }) => record);
      expect(state(shuffled)).toBe(expected);
    }
  });

  it('does not matter either when time passes in between', () => {
    const site = smallFeeder();
    const records = said(site, 'power_off', numbers(1, 30), 1);
    const late = new OutageTracker(site, defaultTrackingPolicy);
    for (const [i, record] of records.entries()) {
      late.take(record);
      late.judge(START + minutes(2 + i));
    }
    late.judge(START + minutes(60));
    const [zone] = late.zones();
    expect(zone?.outages.open.map(({ startedAt, from, to }) => [startedAt, from, to])).toEqual(
      judge(site, records, 60).openOutages.map(({ startedAt, from, to }) => [startedAt, from, to]),
    );
  });
});

describe('a customer', () => {
  it('is under at most one open outage, whatever was said', () => {
    const site = smallFeeder();
    const random = seededRandom(3);
    for (let round = 0; round < 40; round++) {
      const records: TrackerRecord[] = [];
      for (let i = 0; i < 25; i++) {
        const meter = `M${1 + Math.floor(random() * 32)}`;
        const kind = random() < 0.6 ? 'power_off' : random() < 0.7 ? 'power_on' : 'heard';
        records.push(...said(site, kind, [meter], Math.round(random() * 200) / 10));
      }
      const out = new Map<number, number>();
      for (const zone of judge(site, records, 25).tracker.zones()) {
        for (const { meters } of outagesWithMembers(zone)) {
          for (const [i, meter] of meters.position.entries())
            if (meters.until[i] === null) out.set(meter, (out.get(meter) ?? 0) + 1);
        }
      }
      for (const times of out.values()) expect(times).toBe(1);
    }
  });
});

describe('pings', () => {
  it('ask one meter of an incident in doubt, and none where nothing is in doubt', () => {
    const site = smallFeeder();
    const doubtful = judge(site, said(site, 'power_off', ['M1', 'M2'], 1), 4).tracker;
    expect(doubtful.takePings(START + minutes(4)).length).toBeLessThanOrEqual(1);
    const sure = judge(site, said(site, 'power_off', numbers(1, 16), 1), 4).tracker;
    expect(sure.takePings(START + minutes(4))).toEqual([]);
  });
});

describe('the explanation of an outage', () => {
  it('holds gasps for it and silence against it apart, by branch and source', () => {
    const site = smallFeeder();
    const { tracker, openOutages } = judge(
      site,
      said(site, 'power_off', [...numbers(1, 6), ...numbers(9, 13)], 1),
      5,
    );
    const [zone] = tracker.zones();
    const [outage] = openOutages;
    if (zone === undefined || outage === undefined) throw new Error('nothing is out');
    const { branches, sources, alternatives, branchCount } = explainOutage(zone, outage);
    const heard = branches.reduce((sum, { gasped }) => sum + gasped, 0);
    const silent = branches.reduce((sum, { silent: meters }) => sum + meters, 0);
    expect([heard, silent]).toEqual([11, 5]);
    expect(sources).toEqual({ scada: 0, onu: 0, kaifa: 11, call_center: 0 });
    expect(branchCount).toBe(branches.length);
    expect(alternatives[0]).toMatchObject({ devices: ['F1'], serviceOf: null });
    for (const { weight } of branches) expect(weight).toBeGreaterThan(0);
  });
});

describe('what is settled', () => {
  it('is let go, and what lasts or comes later is judged as ever', () => {
    const site = smallFeeder();
    const { tracker } = judge(
      site,
      [...said(site, 'power_off', numbers(1, 8), 0), ...said(site, 'power_on', numbers(1, 8), 30)],
      60,
    );
    for (const record of said(site, 'power_off', numbers(17, 24), 120)) tracker.take(record);
    tracker.forgetBefore(START + minutes(90));
    tracker.judge(START + minutes(125));
    const [zone] = tracker.zones();
    expect(zone?.outages.ended).toEqual([]);
    expect(zone?.outages.open).toMatchObject([{ startedAt: START + minutes(120) }]);
    expect([...(zone?.book.meters.keys() ?? [])]).toHaveLength(8);
  });
});
