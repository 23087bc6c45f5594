import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import { meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { type JudgedZone, OutageTracker, type TrackerRecord } from './outage-tracker.ts';

/** Two transformers below a fuse and two beside it below the breaker, four meters below each. */
const SITE = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('FU', 'fuse')
  .device('T1')
  .meters(4)
  .device('T2', 'transformer', { below: 'FU' })
  .meters(4)
  .device('T3', 'transformer', { below: 'CB' })
  .meters(4)
  .device('T4', 'transformer', { below: 'CB' })
  .meters(4)
  .build();

const record = (kind: TrackerRecord['kind'], meter: number, second: number): TrackerRecord => ({
  kind,
  eventAt: STORM_START + minutes(second / 60),
  source: { type: 'kaifa' },
  meterKey: SITE.network.meterKey[meterAt(SITE, `M${meter}`)] as number,
  deviceKey: null,
});

function believed(records: readonly TrackerRecord[]): readonly JudgedZone[] {
  const tracker = new OutageTracker(SITE, defaultTrackingPolicy);
  for (const one of records) tracker.take(one);
  tracker.judge(STORM_START + minutes(30));
  return tracker.zones();
}

/** Customers expected to be out, by devices and by services. */
function expectedOut(records: readonly TrackerRecord[]): number {
  let sum = 0;
  for (const { zone, beliefs } of believed(records)) {
    for (const [node, { customers }] of zone.nodes.entries())
      sum += (beliefs.dead[node] as number) * customers;
    for (const spells of beliefs.services.values())
      for (const { on, probability } of spells) if (on < 0) sum += probability;
  }
  return sum;
}

/** P(the transformer of a meter is dead). */
function deadAbove(records: readonly TrackerRecord[], meter: number): number {
  const position = meterAt(SITE, `M${meter}`);
  const [judged] = believed(records);
  if (judged === undefined) return 0;
  const { zone, beliefs } = judged;
  return beliefs.dead[zone.nodeOfMeter[position - zone.from] as number] as number;
}

const METER = fc.integer({ min: 1, max: 16 });
const STORY = fc.array(
  fc.tuple(
    fc.constantFrom('power_off', 'power_off', 'power_on', 'heard'),
    METER,
    // Together, within one slot or two, minutes apart.
    fc.constantFrom(60, 60.4, 61, 300, 302, 900),
  ),
  { minLength: 1, maxLength: 14 },
);

const NEWS = fc.tuple(METER, fc.constantFrom('power_on', 'heard'));

/** Later than all else by more than clocks may be off: whatever is open above the meter is open by then. */
const LATER = 1_100;

const recordsOf = (story: readonly (readonly [TrackerRecord['kind'], number, number])[]) =>
  story.map(([kind, meter, second]) => record(kind, meter, second));

describe('a word of supply', () => {
  it('from a meter that never gasped raises nowhere how many customers are expected to be out', () => {
    fc.assert(
      fc.property(STORY, NEWS, (story, [meter, kind]) => {
        fc.pre(!story.some(([said, who]) => said === 'power_off' && who === meter));
        const records = recordsOf(story);
        const after = expectedOut([...records, record(kind, meter, LATER)]);
        expect(after).toBeLessThanOrEqual(expectedOut(records) + 0.01);
      }),
      { numRuns: 120 },
    );
  }, 60_000);

  // Of a meter that gasped it tells how long it was out. What else was out with it may be known by that to have been a larger device, below
  // which another still is: so much, that others are out, it may make likelier, but never that its own supply is.
  it('never makes it likelier that the supply of who says it is dead', () => {
    fc.assert(
      fc.property(STORY, NEWS, (story, [meter, kind]) => {
        const records = recordsOf(story);
        const after = deadAbove([...records, record(kind, meter, LATER)], meter);
        expect(after).toBeLessThanOrEqual(deadAbove(records, meter) + 0.01);
      }),
      { numRuns: 120 },
    );
  }, 60_000);
});
