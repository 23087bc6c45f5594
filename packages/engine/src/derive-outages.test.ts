import type { SourceType } from '@lastgasp/model';
import { describe, expect, it } from 'vitest';
import { deriveOutages } from './derive-outages.ts';
import type { DeviceSignal, DeviceSignalKind, MeterReport, MeterReportKind } from './evidence.ts';
import type { EpisodeGroup } from './group-episodes.ts';
import { formatInstant } from './instant.ts';
import { defaultPolicy } from './policy.ts';
import { episodeId, listReplaced, SubstationTimeline } from './substation-timeline.ts';
import { NetworkBuilder } from './testing/network-builder.ts';

const builder = new NetworkBuilder()
  .substation('S')
  .feeder('F1')
  .meters(3, { customers: 2 })
  .feeder('F2')
  .meters(2)
  .feeder('F3');
const network = builder.build();
const [m1, m2] = builder.meterKeys('F1') as [number, number, number];
const [m4] = builder.meterKeys('F2') as [number, number];

const at = (time: string) => Date.parse(`2025-09-24T${time}Z`) * 1000;
let key = 0;

function signal(kind: DeviceSignalKind, device: string, time: string, receivedAt = time): DeviceSignal {
  key++;
  const source = { type: 'scada', eventKey: key } as const;
  return { key, kind, deviceKey: builder.key(device), eventAt: at(time), receivedAt: at(receivedAt), source };
}

function report(
  kind: MeterReportKind,
  meterKey: number,
  time: string,
  type: SourceType = 'kaifa',
): MeterReport {
  key++;
  return { key, kind, meterKey, eventAt: at(time), receivedAt: at(time), source: { type, eventKey: key } };
}

function outages(...evidence: (DeviceSignal | MeterReport)[]) {
  const signals = evidence.filter((e): e is DeviceSignal => 'deviceKey' in e);
  const reports = evidence.filter((e): e is MeterReport => 'meterKey' in e);
  return deriveOutages(network, signals, reports, defaultPolicy);
}

function told(...evidence: (DeviceSignal | MeterReport)[]): string[] {
  return outages(...evidence).map((outage) => {
    const until = outage.endedAt === null ? 'now' : formatInstant(outage.endedAt).slice(11, 16);
    const counts = `${outage.customersOutNow} of ${outage.customers}`;
    return `${network.devices[outage.device]?.code} ${formatInstant(outage.startedAt).slice(11, 16)}-${until}: ${outage.status}, ${counts} out`;
  });
}

describe('a feeder trip', () => {
  it("interrupts exactly the customers below the feeder's head", () => {
    const [outage] = outages(signal('switch_open', 'F1', '10:00:00'));
    expect(outage).toMatchObject({
      id: 'F1-20250924T100000Z',
      status: 'detected',
      customers: 6,
      customersOutNow: 6,
      confidence: 0.95,
      isMomentary: false,
      endedAt: null,
    });
  });

  it('reported three times in two minutes is one outage, detected when the first report came in', () => {
    const [outage, ...others] = outages(
      signal('voltage_lost', 'F1', '10:00:00', '10:03:00'),
      signal('switch_open', 'F1', '10:01:00'),
      signal('voltage_lost', 'F1', '10:02:00'),
    );
    expect(others).toEqual([]);
    expect(outage?.id).toBe('F1-20250924T100000Z');
    expect(outage?.evidence).toHaveLength(3);
    expect(outage?.detectedAt).toBe(at('10:01:00'));
  });

  it('ends with the closing signal of the same feeder, not of another', () => {
    const trip = signal('voltage_lost', 'F1', '10:00:00');
    expect(told(trip, signal('voltage_present', 'F2', '10:30:00'))).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
    ]);
    expect(told(trip, signal('voltage_present', 'F1', '10:30:00'))).toEqual([
      'F1 10:00-10:30: restored, 0 of 6 out',
    ]);
  });

  it('that closes within five minutes is momentary', () => {
    const trip = signal('switch_open', 'F1', '10:00:00');
    expect(outages(trip, signal('switch_closed', 'F1', '10:05:00'))[0]?.isMomentary).toBe(true);
    expect(outages(trip, signal('switch_closed', 'F1', '10:05:01'))[0]?.isMomentary).toBe(false);
  });

  it('after the feeder closed is another outage', () => {
    expect(
      told(
        signal('switch_open', 'F1', '10:00:00'),
        signal('switch_closed', 'F1', '10:30:00'),
        signal('switch_open', 'F1', '10:31:00'),
      ),
    ).toEqual(['F1 10:00-10:30: restored, 0 of 6 out', 'F1 10:31-now: detected, 6 of 6 out']);
  });

  it('and a closing at the same instant leave a feeder in service in service, and a feeder that is out out', () => {
    const both = [signal('switch_open', 'F1', '10:30:00'), signal('switch_closed', 'F1', '10:30:00')];
    expect(told(...both)).toEqual(['F1 10:30-10:30: restored, 0 of 6 out']);
    expect(told(signal('switch_open', 'F1', '10:00:00'), ...both)).toEqual([
      'F1 10:00-10:30: restored, 0 of 6 out',
      'F1 10:30-now: detected, 6 of 6 out',
    ]);
  });

  it('of a feeder without meters is no outage', () => {
    expect(outages(signal('switch_open', 'F3', '10:00:00'))).toEqual([]);
  });

  it('stamped too far in the future opens nothing, and such a closing ends nothing', () => {
    expect(outages(signal('switch_open', 'F1', '12:00:00', '10:00:00'))).toEqual([]);
    expect(
      told(signal('switch_open', 'F1', '10:00:00'), signal('switch_closed', 'F1', '12:00:00', '10:10:00')),
    ).toEqual(['F1 10:00-now: detected, 6 of 6 out']);
  });
});

describe('a substation and its feeders', () => {
  it("a feeder lost while its substation is out joins the substation's outage", () => {
    expect(told(signal('voltage_lost', 'S', '10:00:00'), signal('voltage_lost', 'F1', '10:01:00'))).toEqual([
      'S 10:00-now: detected, 8 of 8 out',
    ]);
    expect(told(signal('voltage_lost', 'F1', '10:00:00'), signal('voltage_lost', 'S', '10:00:00'))).toEqual([
      'S 10:00-now: detected, 8 of 8 out',
    ]);
  });

  it('a substation lost while a feeder is out covers the remaining customers, and each outage ends by its own signal', () => {
    const lost = [signal('switch_open', 'F1', '10:00:00'), signal('voltage_lost', 'S', '10:10:00')];
    expect(told(...lost)).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
      'S 10:10-now: detected, 2 of 2 out',
    ]);
    expect(told(...lost, signal('voltage_present', 'S', '11:00:00'))).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
      'S 10:10-11:00: restored, 0 of 2 out',
    ]);
    expect(told(...lost, signal('switch_closed', 'F1', '10:30:00'))).toEqual([
      'F1 10:00-10:30: restored, 0 of 6 out',
      'S 10:10-now: detected, 2 of 2 out',
    ]);
  });

  it('a feeder that closes while its substation is out is back, the rest stays out', () => {
    const lost = [signal('voltage_lost', 'S', '10:00:00'), signal('voltage_present', 'F1', '10:20:00')];
    expect(told(...lost)).toEqual(['S 10:00-now: partially_restored, 2 of 8 out']);
    expect(told(...lost, signal('voltage_lost', 'F1', '10:30:00'))).toEqual([
      'S 10:00-now: detected, 8 of 8 out',
    ]);
    expect(told(...lost, signal('voltage_present', 'F2', '10:25:00'))).toEqual([
      'S 10:00-10:25: restored, 0 of 8 out',
    ]);
  });

  it('a substation whose feeders are all back has ended, one of them out by itself before', () => {
    const lost = [
      signal('switch_open', 'F1', '10:00:00'),
      signal('voltage_lost', 'S', '10:10:00'),
      signal('voltage_present', 'F2', '10:20:00'),
    ];
    expect(told(...lost)).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
      'S 10:10-now: partially_restored, 0 of 2 out',
    ]);
    expect(told(...lost, signal('switch_closed', 'F1', '10:30:00'))).toEqual([
      'F1 10:00-10:30: restored, 0 of 6 out',
      'S 10:10-10:30: restored, 0 of 2 out',
    ]);
  });

  it("a feeder that closes at the instant the last of them ends the substation's outage belongs to that outage", () => {
    const signals = [
      signal('switch_open', 'S', '09:45:00'),
      signal('switch_open', 'F1', '09:46:00'),
      signal('switch_closed', 'F1', '09:50:00'),
      signal('switch_closed', 'F1', '09:55:00'),
      signal('switch_closed', 'F2', '09:55:00'),
    ];
    for (const evidence of [signals, signals.toReversed()]) {
      expect(told(...evidence)).toEqual(['S 09:45-09:55: restored, 0 of 8 out']);
      expect(outages(...evidence)[0]?.evidence).toHaveLength(5);
    }
  });

  it('a feeder that trips at the instant its substation comes back has an outage of its own', () => {
    expect(
      told(
        signal('voltage_lost', 'S', '10:00:00'),
        signal('voltage_present', 'S', '10:30:00'),
        signal('switch_open', 'F2', '10:30:00'),
      ),
    ).toEqual(['S 10:00-10:30: restored, 0 of 8 out', 'F2 10:30-now: detected, 2 of 2 out']);
  });
});

describe('what meters report', () => {
  const trip = signal('switch_open', 'F1', '10:00:00');

  it('joins the outage from five minutes before its start, and makes it surer', () => {
    const gasps = [
      report('power_off', m1, '09:55:00'),
      report('power_off', m2, '10:01:00', 'onu'),
      report('no_supply_call', m2, '10:20:00', 'call_center'),
    ];
    const [outage] = outages(
      trip,
      ...gasps,
      report('power_off', m1, '09:54:59'),
      report('power_off', m4, '10:01:00'),
    );
    expect(outage?.evidence.map((e) => e.evidence)).toEqual([trip, ...gasps]);
    expect(outage?.confidence).toBe(0.9976);
  });

  it('opens no outage by itself', () => {
    expect(outages(report('power_off', m1, '10:00:00'), report('no_supply_call', m2, '10:01:00'))).toEqual(
      [],
    );
  });

  it('a meter that is back leaves the outage, and is out again with a later gasp', () => {
    const back = report('power_on', m1, '10:20:00');
    expect(told(trip, back)).toEqual(['F1 10:00-now: partially_restored, 4 of 6 out']);
    expect(told(trip, back, report('power_off', m1, '10:30:00'))).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
    ]);
    expect(told(trip, back, report('power_off', m1, '10:10:00'))).toEqual([
      'F1 10:00-now: partially_restored, 4 of 6 out',
    ]);
  });

  it("all meters back one by one is partially restored: only the device's own signal ends an outage", () => {
    const back = builder.meterKeys('F1').map((meter) => report('power_on', meter, '10:20:00'));
    expect(told(trip, ...back)).toEqual(['F1 10:00-now: partially_restored, 0 of 6 out']);
  });

  it('a reading of supply from before the start or at it refutes nothing', () => {
    expect(told(trip, report('power_on', m1, '09:59:00'), report('power_on', m2, '10:00:00'))).toEqual([
      'F1 10:00-now: detected, 6 of 6 out',
    ]);
  });

  it('a gasp that comes after the restoration but is older changes nothing', () => {
    const restored = [trip, signal('switch_closed', 'F1', '11:00:00')];
    expect(told(...restored, report('power_off', m1, '10:59:00'))).toEqual(told(...restored));
    expect(told(...restored, report('power_off', m1, '11:01:00'))).toEqual(told(...restored));
  });

  it('of two reports at one instant the better witness counts, and of one witness the good news', () => {
    const off = report('power_off', m1, '10:20:00', 'onu');
    expect(told(trip, off, report('power_on', m1, '10:20:00', 'kaifa'))).toEqual([
      'F1 10:00-now: partially_restored, 4 of 6 out',
    ]);
    expect(
      told(trip, report('power_off', m1, '10:20:00', 'kaifa'), report('power_on', m1, '10:20:00', 'onu')),
    ).toEqual(['F1 10:00-now: detected, 6 of 6 out']);
    expect(told(trip, off, report('power_on', m1, '10:20:00', 'onu'))).toEqual([
      'F1 10:00-now: partially_restored, 4 of 6 out',
    ]);
  });
});

describe('a timeline of a substation', () => {
  const ids = (groups: readonly EpisodeGroup[]) =>
    groups.flatMap((group) => group.episodes).map((episode) => episodeId(network, episode));
  const replaced = (groups: readonly EpisodeGroup[]) =>
    groups
      .flatMap((group) => listReplaced(network, group))
      .map(({ id, by }) => `${id} by ${episodeId(network, by)}`);

  it('says which outage took the place of one that an earlier trip makes part of it', () => {
    const timeline = new SubstationTimeline(network, defaultPolicy, [
      signal('switch_open', 'F1', '10:05:00'),
    ]);
    const earlier = timeline.add([signal('voltage_lost', 'F1', '10:00:00')]);
    expect(ids(earlier)).toEqual(['F1-20250924T100000Z']);
    expect(replaced(earlier)).toEqual(['F1-20250924T100500Z by F1-20250924T100000Z']);
    expect(replaced(timeline.add([signal('voltage_lost', 'S', '09:59:00')]))).toEqual([
      'F1-20250924T100000Z by S-20250924T095900Z',
      'F1-20250924T100500Z by S-20250924T095900Z',
    ]);
  });

  it('brings an outage back that a late closing signal separates again', () => {
    const timeline = new SubstationTimeline(network, defaultPolicy, [
      signal('switch_open', 'F1', '10:00:00'),
      signal('switch_open', 'F1', '10:05:00'),
    ]);
    const changed = timeline.add([signal('switch_closed', 'F1', '10:02:00')]);
    expect(ids(changed)).toEqual(['F1-20250924T100000Z', 'F1-20250924T100500Z']);
    expect(replaced(changed)).toEqual([]);
  });

  it("judges only what a signal changed: a feeder's trip leaves the other feeder's outage alone", () => {
    const timeline = new SubstationTimeline(network, defaultPolicy, [
      signal('switch_open', 'F1', '10:00:00'),
    ]);
    expect(ids(timeline.add([signal('switch_open', 'F2', '10:01:00')]))).toEqual(['F2-20250924T100100Z']);
    expect(timeline.openGroups).toHaveLength(2);
  });

  it('takes a signal it has already as nothing new', () => {
    const trip = signal('switch_open', 'F1', '10:00:00');
    const timeline = new SubstationTimeline(network, defaultPolicy, [trip]);
    expect(timeline.add([trip])).toEqual([]);
  });
});
