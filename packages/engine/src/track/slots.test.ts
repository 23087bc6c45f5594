import { describe, expect, it } from 'vitest';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { seededRandom } from '../random.ts';
import type { Site } from '../simulate/site.ts';
import { SiteBuilder } from '../simulate/testing/site-builder.ts';
import { EvidenceBook } from './evidence-book.ts';
import { findSlots } from './slots.ts';
import { buildZones, type Zone } from './zone.ts';
import { ZoneTimes } from './zone-times.ts';

/** One lateral with 300 meters. */
function lateral(): Site {
  return new SiteBuilder()
    .substation('S')
    .device('CB', 'breaker')
    .device('F', 'fuse', { below: 'CB' })
    .meters(300)
    .build();
}

/** The off-slots of gasps stamped at these seconds. */
function offSlots(times: readonly number[]) {
  const [zone] = buildZones(lateral(), defaultTrackingPolicy) as readonly [Zone];
  const book = new EvidenceBook();
  for (const [meter, at] of times.entries())
    book.takeMeter({ kind: 'power_off', source: 'kaifa', at }, meter, -1);
  return findSlots(ZoneTimes.of(zone, book, defaultTrackingPolicy), [], defaultTrackingPolicy).offs;
}

describe('the times at which supply went', () => {
  // A few gasps, some for each second, and many.
  it.each([30, 60, 160, 300])(
    'are one where the clocks of %i meters spread it over four minutes',
    (meters) => {
      for (let seed = 1; seed <= 20; seed++) {
        const random = seededRandom(seed);
        expect(offSlots(Array.from({ length: meters }, () => 1_000 + 240 * random()))).toHaveLength(1);
      }
    },
  );

  it('are each their own where clocks are right, however near', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const openings = [1_000, 1_012, 1_030, 1_041, 1_055];
      const times = openings.flatMap((at) => Array.from({ length: 40 }, () => at + 2 * random()));
      expect(offSlots(times)).toHaveLength(openings.length);
    }
  });
});
