import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { meterAt } from '../simulate/testing/site-builder.ts';
import { outagesWithMembers } from './outage-members.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import { at, knownToWork, numbers, outagesOf, said, smallFeeder, told } from './testing/small-feeder.ts';

const site = smallFeeder();

/** What is told at each of some minutes, of everything received by then: gasps arrive half a minute after they are stamped. */
function course(records: readonly TrackerRecord[], looks: readonly number[]) {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  const receivedAt = ({ eventAt, kind }: TrackerRecord): number =>
    eventAt + (kind === 'power_off' ? 30_000_000 : 5_000_000);
  const left = [...records].sort((a, b) => receivedAt(a) - receivedAt(b));
  return looks.map((minute) => {
    while (left[0] !== undefined && receivedAt(left[0]) <= at(minute)) tracker.take(left.shift() as never);
    tracker.judge(at(minute));
    return outagesOf(site, tracker);
  });
}

/** The outages of everything said, with the numbers of the meters in each, as judged in the end. */
function story(records: readonly TrackerRecord[], minute: number) {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  for (const record of records) tracker.take(record);
  tracker.judge(at(minute));
  return tracker
    .zones()
    .flatMap(outagesWithMembers)
    .map(({ outage, meters }) => ({
      code:
        outage.target.kind === 'service'
          ? 'service'
          : (site.network.devices[outage.target.devices[0] as number]?.code as string),
      from: (outage.startedAt - at(0)) / minutes(1),
      to: outage.endedAt === null ? null : (outage.endedAt - at(0)) / minutes(1),
      confidence: outage.confidence,
      meters: meters.position.map((position) => site.meters.number[position]),
    }))
    .filter(({ from }) => from >= 0);
}

describe('what is told of times past', () => {
  it('has the momentary of the breaker beside the fuse below it that stays', () => {
    const outages = story(
      [
        ...said(site, 'power_off', numbers(1, 32), 1),
        ...said(site, 'power_on', numbers(17, 32), 3),
        ...said(site, 'power_on', numbers(1, 16), 90),
      ],
      120,
    );
    expect(outages.map(({ code, from, to }) => [code, Math.round(from), Math.round(to ?? -1)])).toEqual([
      ['CB', 1, 3],
      ['F1', 1, 90],
    ]);
    const interrupted = new Set(outages.flatMap(({ meters }) => meters));
    expect(interrupted.size).toBe(32);
  });

  it.each([
    ['breaker', 1, 32],
    ['fuse', 1, 16],
    ['transformer', 9, 16],
    ['transformers of two fuses', 9, 24],
  ])('has everybody in an outage who gasped and came back: %s', (_, first, last) => {
    const out = numbers(first, last).filter((_, i) => i % 4 !== 3);
    const outages = story(
      [...knownToWork(site), ...said(site, 'power_off', out, 1), ...said(site, 'power_on', out, 31)],
      60,
    );
    const interrupted = new Set(outages.flatMap(({ meters }) => meters));
    expect(out.filter((number) => !interrupted.has(number))).toEqual([]);
  });

  it('starts no outage with a trip that is stamped after everybody was back: that is one of its own', () => {
    const outages = story(
      [
        ...said(site, 'power_off', numbers(1, 32), 1),
        ...said(site, 'power_on', numbers(1, 32), 1.5),
        told(site, 'switch_open', 'CB', 2),
      ],
      2.2,
    );
    const [momentary, trip] = outages;
    expect([momentary?.code, momentary?.from, momentary?.to]).toEqual(['CB', 1, 1.5]);
    expect([trip?.code, trip?.from, trip?.to]).toEqual(['CB', 2, null]);
  });
});

describe('the start of an outage', () => {
  it('that customers alone tell of is the first of their calls', () => {
    const outages = story(
      [
        ...said(site, 'no_supply_call', ['M1', 'M2', 'M3'], 5, 'call_center'),
        ...said(site, 'no_supply_call', ['M4', 'M5'], 8, 'call_center'),
      ],
      20,
    );
    expect(outages.map(({ from }) => from)).toEqual([5]);
  });
});

describe('while gasps still come in', () => {
  it('the first who speak do not open what is far above them', () => {
    // The whole feeder is out, and its meters are heard one after the other.
    const first = ['M1', 'M9', 'M17'];
    const early = said(site, 'power_off', first, 1);
    const [atFirst] = course([...knownToWork(site), ...early], [1.6]);
    expect(atFirst?.open).toEqual([]);
  });

  it('no part of a feeder is told for some seconds before the feeder is', () => {
    const gasps = said(site, 'power_off', numbers(1, 32), 1).map((gasp, i) => ({ gasp, i }));
    const tracker = new OutageTracker(site, defaultTrackingPolicy);
    for (const record of knownToWork(site)) tracker.take(record);
    const seen = new Set<string>();
    for (let second = 30; second <= 90; second += 5) {
      const share = Math.min(1, (second - 28) / 52);
      for (const { gasp, i } of gasps) if ((i * 7) % 32 < share * 32) tracker.take(gasp);
      tracker.judge(at(1 + second / 60));
      for (const name of outagesOf(site, tracker).open) seen.add(name);
    }
    expect([...seen]).toEqual(['CB']);
  });

  it('telemetry tells of its device at once', () => {
    const [look] = course([told(site, 'switch_open', 'CB', 1)], [1.1]);
    expect(look?.open).toEqual(['CB']);
  });

  it('all of a transformer opens it without waiting for the others', () => {
    const [look] = course([...knownToWork(site), ...said(site, 'power_off', numbers(1, 8), 1)], [1.75]);
    expect(look?.open).toEqual(['T1']);
  });
});

describe('an outage that is open', () => {
  it('stays open when the breaker above it trips later', () => {
    const records = [
      ...knownToWork(site),
      ...said(site, 'power_off', numbers(1, 8), 1),
      ...said(site, 'power_off', numbers(9, 32), 11),
    ];
    const looks = course(records, [2, 4, 11.5, 11.55, 11.6, 11.7, 11.8, 12, 13, 15]);
    for (const { open } of looks) expect(open).toContain('T1');
    expect(looks.at(-1)?.open).toEqual(['CB', 'T1']);
  });

  it('does not fall into parts while supply comes back wave by wave', () => {
    const records = [
      ...knownToWork(site),
      ...said(site, 'power_off', numbers(1, 32), 1),
      ...said(site, 'power_on', numbers(1, 32), 31),
    ];
    // Every fourth restore arrives after five seconds, the others within a minute.
    const tracker = new OutageTracker(site, defaultTrackingPolicy);
    const parts = new Set<string>();
    for (const record of records) if (record.eventAt < at(30)) tracker.take(record);
    for (let second = 5; second <= 80; second += 5) {
      for (const record of records)
        if (record.eventAt >= at(30) && (meterOf(record) * 5) % 32 < (second / 80) * 32) tracker.take(record);
      tracker.judge(at(31 + second / 60));
      for (const name of outagesOf(site, tracker).open) if (name !== 'CB') parts.add(name);
    }
    expect([...parts]).toEqual([]);
    expect(outagesOf(site, tracker).ended).toEqual(['CB']);
  });
});

function meterOf({ meterKey }: TrackerRecord): number {
  return numbers(1, 32).findIndex((number) => site.network.meterKey[meterAt(site, number)] === meterKey);
}
