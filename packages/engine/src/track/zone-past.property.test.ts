import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import type { Site } from '../simulate/site.ts';
import { meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';

const TRANSFORMERS = 30;
const METERS = 8;

/** A feeder with many transformers, so that a day has many slots. */
function longFeeder(): Site {
  const builder = new SiteBuilder().substation('S').device('CB', 'breaker');
  for (let i = 1; i <= TRANSFORMERS; i++)
    builder.device(`T${i}`, 'transformer', { below: 'CB' }).meters(METERS);
  return builder.build();
}

const site = longFeeder();

/** Every meter of a transformer says the same in a minute. */
function said(kind: TrackerRecord['kind'], transformer: number, minute: number): readonly TrackerRecord[] {
  return Array.from({ length: METERS }, (_, i) => ({
    kind,
    eventAt: STORM_START + minutes(minute) + i * 100_000,
    source: { type: 'kaifa' as const },
    meterKey: site.network.meterKey[meterAt(site, `M${(transformer - 1) * METERS + i + 1}`)] as number,
    deviceKey: null,
  }));
}

function outagesOf(tracker: OutageTracker): readonly object[] {
  return tracker.zones().flatMap((zone) =>
    outagesWithMembers(zone).map(({ outage: { target, startedAt, endedAt, confidence }, meters }) => ({
      device:
        target.kind === 'device' ? site.network.devices[target.devices[0] as number]?.code : target.meter,
      startedAt,
      endedAt,
      confidence: Math.round(confidence * 1e9),
      meters: meters.position.length,
    })),
  );
}

describe('a long storm below one source', () => {
  it('is judged in parts, and each of its outages is found with its own times', () => {
    const tracker = new OutageTracker(site, defaultTrackingPolicy);
    const records = Array.from({ length: TRANSFORMERS }, (_, i) => [
      ...said('power_off', i + 1, i * 7),
      ...said('power_on', i + 1, i * 7 + 45),
    ]).flat();
    for (const record of records) tracker.take(record);
    tracker.judge(STORM_START + minutes(600));
    expect(outagesOf(tracker)).toMatchObject(
      Array.from({ length: TRANSFORMERS }, (_, i) => ({
        device: `T${i + 1}`,
        startedAt: STORM_START + minutes(i * 7),
        endedAt: STORM_START + minutes(i * 7 + 45),
        meters: METERS,
      })),
    );
  });

  it('is the same judged after each message, in any order, as judged once', () => {
    const event = fc.record({
      isOff: fc.boolean(),
      transformer: fc.integer({ min: 1, max: TRANSFORMERS }),
      // Often several at once: what comes late then changes no slot.
      minute: fc.nat({ max: 33 }).map((step) => step * 12),
    });
    const storm = fc.array(event, { minLength: 45, maxLength: 60 });
    fc.assert(
      fc.property(
        storm.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
        ),
        ([events, shuffled]) => {
          const once = new OutageTracker(site, defaultTrackingPolicy);
          const often = new OutageTracker(site, defaultTrackingPolicy);
          for (const { isOff, transformer, minute } of events)
            for (const record of said(isOff ? 'power_off' : 'power_on', transformer, minute))
              once.take(record);
          for (const { isOff, transformer, minute } of shuffled) {
            for (const record of said(isOff ? 'power_off' : 'power_on', transformer, minute))
              often.take(record);
            often.judge(STORM_START + minutes(500));
          }
          once.judge(STORM_START + minutes(900));
          often.judge(STORM_START + minutes(900));
          expect(outagesOf(often)).toEqual(outagesOf(once));
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);
});
