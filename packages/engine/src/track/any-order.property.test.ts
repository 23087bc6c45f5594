import fc from 'fast-check';
import { expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';

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

/** What follows from evidence that came in an order, with a judgement after each piece where `isStepwise`. */
function outagesAfter(records: readonly TrackerRecord[], isStepwise: boolean): unknown {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const [i, record] of records.entries()) {
    tracker.take(record);
    if (isStepwise) tracker.judge(STORM_START + minutes(30) + i);
  }
  tracker.judge(STORM_START + minutes(600));
  return tracker.zones().flatMap((zone) =>
    outagesWithMembers(zone).map(({ outage: { target, startedAt, endedAt, confidence }, meters }) => ({
      target,
      startedAt,
      endedAt,
      confidence: Math.round(confidence * 1e6),
      meters,
    })),
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
}, 30_000);
