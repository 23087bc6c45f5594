import { describe, expect, it } from 'vitest';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import {
  at,
  judge,
  knownToWork,
  numbers,
  outagesOf,
  said,
  smallFeeder,
  told,
} from './testing/small-feeder.ts';

describe('a trip of which the head-end tells nothing', () => {
  const site = smallFeeder();
  const trip = told(site, 'switch_open', 'CB', 10);
  const terminals = said(site, 'no_supply_call', ['M3', 'M12', 'M20', 'M27'], 14, 'call_center');

  it('is a test where nobody else speaks of it', () => {
    expect(judge(site, {}, [...knownToWork(site), trip], 25).open).toEqual([]);
  });

  it('is an outage where so many customers call that the head-end must be silent', () => {
    expect(judge(site, {}, [...knownToWork(site), trip, ...terminals], 25).open).toEqual(['CB']);
  });

  it('is what it was when the head-end turns out to have told of others then', () => {
    const tracker = new OutageTracker(site, defaultTrackingPolicy);
    const take = (records: readonly TrackerRecord[]) => {
      for (const record of records) tracker.take(record);
      tracker.judge(at(25));
      return outagesOf(site, tracker).open;
    };
    expect(take([...knownToWork(site), trip, ...terminals])).toEqual(['CB']);
    // Late: readings of many at that very minute.
    const late = said(site, 'heard', numbers(1, 32), 13);
    const first = take(said(site, 'heard', ['M1'], 10.5));
    const whole = judge(
      site,
      {},
      [...knownToWork(site), trip, ...terminals, ...said(site, 'heard', ['M1'], 10.5)],
      25,
    );
    expect(first).toEqual(whole.open);
    expect(take(late)).toEqual([]);
  });
});
