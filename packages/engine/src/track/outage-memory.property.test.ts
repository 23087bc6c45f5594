import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { PingFinder } from './choose-pings.ts';
import { NodeNews } from './node-news.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageMemory } from './outage-memory.ts';
import { restorationOf } from './outage-restoration.ts';
import { type JudgedZone, OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import { at, knownToWork, numbers, said, smallFeeder } from './testing/small-feeder.ts';

/** A feeder with one terminal for people below two transformers, one below a third, and meters that the head-end does not know. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('F1', 'fuse', { below: 'CB' })
  .device('T1', 'transformer', { below: 'F1' })
  .meters(3)
  .meters(1, { terminal: 'A' })
  .device('T2', 'transformer', { below: 'F1' })
  .meters(2, { terminal: 'A' })
  .meters(2, { isSmart: false })
  .device('T3', 'transformer', { below: 'CB' })
  .meters(2, { terminal: 'B' })
  .meters(2)
  .build();
const METERS = 12;

const ofMeter = fc.record({
  kind: fc.constantFrom<TrackerRecord['kind']>('power_off', 'power_on', 'heard', 'not_heard'),
  type: fc.constantFrom<TrackerRecord['source']['type']>('kaifa', 'kaifa', 'onu'),
  meters: fc.tuple(fc.integer({ min: 1, max: METERS }), fc.integer({ min: 0, max: 4 })),
  minute: fc.nat({ max: 12 }),
});
const ofDevice = fc.record({
  kind: fc.constantFrom<TrackerRecord['kind']>(
    'switch_open',
    'switch_closed',
    'voltage_lost',
    'voltage_present',
  ),
  code: fc.constantFrom('CB', 'F1', 'T3'),
  minute: fc.nat({ max: 12 }),
});

/** Several neighbours say the same, or telemetry tells of a device. */
const message = fc.oneof(
  { weight: 5, arbitrary: ofMeter.map(toRecords) },
  {
    weight: 1,
    arbitrary: ofDevice.map(({ kind, code, minute }): readonly TrackerRecord[] => [
      {
        kind,
        eventAt: STORM_START + minutes(minute),
        source: { type: 'scada' },
        meterKey: null,
        deviceKey: site.network.devices[deviceAt(site, code)]?.key as number,
      },
    ]),
  },
);

function toRecords({
  kind,
  type,
  meters: [first, more],
  minute,
}: {
  readonly kind: TrackerRecord['kind'];
  readonly type: TrackerRecord['source']['type'];
  readonly meters: readonly [number, number];
  readonly minute: number;
}): readonly TrackerRecord[] {
  return Array.from({ length: Math.min(METERS - first, more) + 1 }, (_, i) => ({
    kind,
    eventAt: STORM_START + minutes(minute) + i * 300_000,
    source: { type },
    meterKey: site.network.meterKey[meterAt(site, `M${first + i}`)] as number,
    deviceKey: null,
  }));
}

function whatIsToldOf(zone: JudgedZone): unknown {
  return outagesWithMembers(zone).map(({ outage, meters }) => ({
    outage,
    meters,
    restoration: outage.endedAt === null ? null : restorationOf(zone, outage),
  }));
}

it('what is told of outages is the same with what was worked out before in memory as without', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 4, maxLength: 25 }), (messages) => {
      const tracker = new OutageTracker(site, defaultTrackingPolicy);
      for (const [i, records] of messages.entries()) {
        for (const record of records) tracker.take(record);
        for (const zone of tracker.judge(STORM_START + minutes(14) + i * 20_000_000)) {
          const blank = new OutageMemory(new NodeNews(zone.zone, site));
          expect(whatIsToldOf(zone)).toEqual(whatIsToldOf({ ...zone, memory: blank }));
        }
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

it('where nothing is said of an outage its meters are the same value from one judgement to the next', () => {
  const feeder = smallFeeder();
  const tracker = new OutageTracker(feeder, defaultTrackingPolicy);
  const metersBy = (records: readonly TrackerRecord[], minute: number) => {
    for (const record of records) tracker.take(record);
    const told = tracker.judge(at(minute)).flatMap(outagesWithMembers);
    return new Map(
      told
        .filter(({ outage }) => outage.endedAt === null)
        .map(({ outage, meters }) => [
          feeder.network.devices[outage.target.devices[0] as number]?.code,
          meters,
        ]),
    );
  };
  const before = metersBy([...knownToWork(feeder), ...said(feeder, 'power_off', numbers(1, 8), 1)], 8);
  const after = metersBy(said(feeder, 'power_off', numbers(17, 24), 9), 17);
  expect([...before.keys()]).toEqual(['T1']);
  expect([...after.keys()]).toEqual(['T1', 'T3']);
  expect(after.get('T1')).toBe(before.get('T1'));
});

it('the best meters to ask about some are the first of all that are about them', () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 10 }),
      fc.nat({ max: METERS - 1 }),
      fc.integer({ min: 1, max: METERS }),
      fc.integer({ min: 1, max: 4 }),
      (messages, from, size, count) => {
        const tracker = new OutageTracker(site, defaultTrackingPolicy);
        for (const record of messages.flat()) tracker.take(record);
        for (const zone of tracker.judge(STORM_START + minutes(14))) {
          const isAbout = (meter: number): boolean => meter >= from && meter < from + size;
          const finder = () => new PingFinder(zone, defaultTrackingPolicy, () => false);
          const all = finder().all();
          expect(finder().best(count, isAbout)).toEqual(
            all.filter(({ meter }) => isAbout(meter)).slice(0, count),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
