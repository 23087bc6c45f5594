import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import type { Site } from '../simulate/site.ts';
import { meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';

const LATERALS = 3;
const TRANSFORMERS = 4;
const METERS = 4;

/** A feeder with laterals, whose meters share a cell each lateral. */
function feederWithLaterals(): Site {
  const builder = new SiteBuilder().substation('S').device('CB', 'breaker');
  for (let l = 1; l <= LATERALS; l++) {
    builder.device(`F${l}`, 'fuse', { below: 'CB' });
    for (let t = 1; t <= TRANSFORMERS; t++)
      builder.device(`T${l}.${t}`, 'transformer', { below: `F${l}` }).meters(METERS, { cell: `C${l}` });
  }
  return builder.build();
}

const site = feederWithLaterals();

const after = (seconds: number): number => minutes(seconds / 60);

/** Some meters of a transformer say that supply went or came, at about one time. */
const words = fc
  .record({
    kind: fc.constantFrom<TrackerRecord['kind']>('power_off', 'power_off', 'power_on'),
    transformer: fc.nat({ max: LATERALS * TRANSFORMERS - 1 }),
    heard: fc.integer({ min: 1, max: METERS }),
    second: fc.nat({ max: 1_200 }),
  })
  .map(({ kind, transformer, heard, second }) =>
    Array.from(
      { length: heard },
      (_, i): TrackerRecord => ({
        kind,
        eventAt: STORM_START + after(second) + i * 100_000,
        source: { type: 'kaifa' },
        meterKey: site.network.meterKey[meterAt(site, `M${transformer * METERS + i + 1}`)] as number,
        deviceKey: null,
      }),
    ),
  );

/** What is believed of each node of the site's zones, in millionths. */
function beliefsOf(tracker: OutageTracker): unknown {
  const parts = (values: Iterable<number>) => Array.from(values, (value) => Math.round(value * 1e6));
  return tracker.zones().map(({ beliefs: { dead, interrupting, services, logEvidence } }) => ({
    dead: parts(dead),
    interrupting: parts(interrupting),
    services: [...services].map(([meter, spells]) => [
      meter,
      parts(spells.map(({ probability }) => probability)),
    ]),
    logEvidence: Math.round(logEvidence * 1e6),
  }));
}

it('what is believed after each word, from what is kept, is what is believed of all of them at once', () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 10, maxLength: 30 }), (said) => {
      const kept = new OutageTracker(site, defaultTrackingPolicy);
      const inOrder = said.toSorted(
        ([a], [b]) => (a as TrackerRecord).eventAt - (b as TrackerRecord).eventAt,
      );
      for (const records of inOrder) {
        for (const record of records) kept.take(record);
        // Slots are weighed in steps of their age: each look may find others changed.
        for (const wait of [1, 21, 37]) kept.judge((records[0] as TrackerRecord).eventAt + after(wait));
      }
      const once = new OutageTracker(site, defaultTrackingPolicy);
      for (const record of inOrder.flat()) once.take(record);
      const end = STORM_START + after(1_500);
      kept.judge(end);
      once.judge(end);
      expect(beliefsOf(kept)).toEqual(beliefsOf(once));
    }),
    { numRuns: 40 },
  );
}, 60_000);
