import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import { NO_CONDITIONS, type NotedCondition, type SiteConditions } from './site-conditions.ts';

const site = new SiteBuilder()
  .substation('S')
  .device('CB1', 'breaker')
  .device('T1', 'transformer', { below: 'CB1' })
  .meters(5)
  .device('T2', 'transformer', { below: 'CB1' })
  .meters(5)
  .device('CB2', 'breaker', { below: 'S' })
  .device('T3', 'transformer', { below: 'CB2' })
  .meters(5)
  .build();

const about = (kinds: readonly TrackerRecord['kind'][], type: TrackerRecord['source']['type']) =>
  fc.record({ kind: fc.constantFrom(...kinds), source: fc.constant({ type }), minute: fc.nat({ max: 20 }) });
const ofMeter = fc
  .tuple(
    fc.oneof(
      about(['power_off', 'power_on', 'heard'], 'kaifa'),
      about(['power_off', 'power_on'], 'onu'),
      about(['no_supply_call'], 'call_center'),
    ),
    fc.integer({ min: 1, max: 15 }),
  )
  .map(
    ([{ kind, source, minute }, meter]): TrackerRecord => ({
      kind,
      source,
      eventAt: STORM_START + minutes(minute),
      meterKey: site.network.meterKey[meterAt(site, `M${meter}`)] as number,
      deviceKey: null,
    }),
  );
const ofDevice = fc
  .tuple(
    about(['switch_open', 'switch_closed', 'voltage_lost', 'voltage_present'], 'scada'),
    fc.constantFrom('S', 'CB1', 'CB2'),
  )
  .map(
    ([{ kind, source, minute }, code]): TrackerRecord => ({
      kind,
      source,
      eventAt: STORM_START + minutes(minute),
      meterKey: null,
      deviceKey: site.network.devices[deviceAt(site, code)]?.key as number,
    }),
  );

const window = fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })).map(([one, other]) => ({
  startsAt: STORM_START + minutes(Math.min(one, other)),
  endsAt: STORM_START + minutes(Math.max(one, other) + 1),
}));
const noted = fc
  .tuple(
    fc.constantFrom<NotedCondition['source']>('kaifa', 'onu', 'scada', 'call_center'),
    fc.constantFrom<NotedCondition['condition']>('silent', 'late', 'duplicating', 'unreliable'),
    window,
    fc.constantFrom(null, 600),
  )
  .map(
    ([source, condition, times, lagSeconds]): NotedCondition => ({ source, condition, ...times, lagSeconds }),
  );
const announced = fc.tuple(fc.constantFrom('CB1', 'T1', 'T3', 'S'), window).map(([code, times]) => ({
  deviceKey: site.network.devices[deviceAt(site, code)]?.key as number,
  ...times,
}));
const conditions: fc.Arbitrary<SiteConditions> = fc.record({
  works: fc.array(announced, { maxLength: 2 }),
  providers: fc.array(noted, { maxLength: 2 }),
});

/**
 * What follows from evidence that came in an order, with a judgement after each piece where `isStepwise`, and conditions that became
 * known before one of them.
 */
function outagesAfter(
  records: readonly TrackerRecord[],
  isStepwise: boolean,
  known: SiteConditions = NO_CONDITIONS,
  knownBefore = 0,
): unknown {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const [i, record] of records.entries()) {
    if (i === knownBefore) tracker.setConditions(known);
    tracker.take(record);
    if (isStepwise) tracker.judge(STORM_START + minutes(30) + i);
  }
  tracker.judge(STORM_START + minutes(600));
  return tracker.zones().flatMap((zone) =>
    outagesWithMembers(zone).map(
      ({ outage: { target, startedAt, endedAt, confidence, isPlanned }, meters }) => ({
        target,
        startedAt,
        endedAt,
        isPlanned,
        confidence: Math.round(confidence * 1e6),
        meters,
      }),
    ),
  );
}

it('outages follow from what was said, in whatever order and however often it came', () => {
  const records = fc.array(fc.oneof(ofMeter, ofDevice, ofDevice), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(
      records.chain((said) =>
        fc.tuple(
          fc.constant(said),
          fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2, maxLength: said.length * 2 }),
        ),
      ),
      ([said, shuffled]) => {
        expect(outagesAfter(shuffled, true)).toEqual(outagesAfter(said, false));
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);

it('outages follow from what was said and from what is known of work and providers, whenever that became known', () => {
  const records = fc.array(fc.oneof(ofMeter, ofDevice), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(
      records.chain((said) =>
        fc.tuple(
          fc.constant(said),
          fc.shuffledSubarray([...said, ...said], { minLength: said.length * 2, maxLength: said.length * 2 }),
          conditions,
          fc.nat({ max: said.length * 2 - 1 }),
        ),
      ),
      ([said, shuffled, known, knownBefore]) => {
        expect(outagesAfter(shuffled, true, known, knownBefore)).toEqual(outagesAfter(said, false, known));
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);
