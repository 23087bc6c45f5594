import { expect, test } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { STORM_START } from '../simulate/simulate-storm.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';

/** Two feeders of one substation, their meters right below the breakers. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB1', 'breaker')
  .meters(2)
  .meters(1, { customers: 12 })
  .meters(2)
  .device('CB2', 'breaker', { below: 'S' })
  .meters(4)
  .build();

type Said = readonly [
  minute: number,
  kind: TrackerRecord['kind'],
  about: string,
  type: TrackerRecord['source']['type'],
];

function record([minute, kind, about, type]: Said): TrackerRecord {
  const isMeter = about.startsWith('M');
  return {
    kind,
    eventAt: STORM_START + minutes(minute),
    source: { type },
    meterKey: isMeter ? (site.network.meterKey[meterAt(site, about)] as number) : null,
    deviceKey: isMeter ? null : (site.network.devices[deviceAt(site, about)]?.key as number),
  };
}

test('a feeder that went dark with its substation and again as that came back has one open outage, not two', () => {
  const said: readonly Said[] = [
    [2, 'power_off', 'M1', 'onu'],
    [2, 'power_off', 'M2', 'onu'],
    [2, 'power_on', 'M3', 'kaifa'],
    [5, 'power_on', 'M1', 'kaifa'],
    [6, 'power_off', 'M1', 'onu'],
    [6, 'power_off', 'M2', 'onu'],
    [6, 'no_supply_call', 'M3', 'call_center'],
    [9, 'power_off', 'M6', 'kaifa'],
    [10, 'power_off', 'M7', 'kaifa'],
    [10, 'voltage_lost', 'S', 'scada'],
    [13, 'voltage_lost', 'CB1', 'scada'],
    [19, 'voltage_present', 'S', 'scada'],
    [19, 'power_off', 'M3', 'kaifa'],
    [19, 'voltage_lost', 'CB2', 'scada'],
    [20, 'no_supply_call', 'M3', 'call_center'],
  ];
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const one of said) tracker.take(record(one));
  // Their clocks run ahead of the server's: nothing is silent yet, and lasting is hardly likelier than over.
  tracker.judge(STORM_START + minutes(4));
  const open = tracker.zones().flatMap(({ outages }) => outages.open.map(({ target }) => target.devices));
  const codes = open.map(([device]) => site.network.devices[device as number]?.code);
  expect(codes.toSorted()).toEqual(['CB1', 'CB2']);
});
