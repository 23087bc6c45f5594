import { describe, expect, it } from 'vitest';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import type { Site } from '../simulate/site.ts';
import { SiteBuilder } from '../simulate/testing/site-builder.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import { at, judge, most, numbers, outagesOf, said, smallFeeder, told } from './testing/small-feeder.ts';

/** What a tracker has at some seconds after the start, of records that arrive at others. */
function follow(
  site: Site,
  arrivals: readonly { readonly second: number; readonly records: readonly TrackerRecord[] }[],
  seconds: readonly number[],
) {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  const waiting = [...arrivals];
  return seconds.map((second) => {
    while (waiting[0] !== undefined && waiting[0].second <= second)
      for (const record of waiting.shift()?.records ?? []) tracker.take(record);
    tracker.judge(at(second / 60));
    return outagesOf(site, tracker);
  });
}

const minute = (second: number): number => second / 60;

describe('a restore that a dead clock stamps seconds after the loss', () => {
  const site = smallFeeder();
  const gasps = { second: 115, records: said(site, 'power_off', most(1, 32), minute(75)) };
  const odd = said(site, 'power_on', ['M20'], minute(80));
  const others = [...numbers(17, 19), ...numbers(21, 32)];
  const back = { second: 215, records: said(site, 'power_on', others, minute(190)) };
  const opened = { second: 77, records: [told(site, 'switch_open', 'CB', minute(75))] };
  const closed = { second: 192, records: [told(site, 'switch_closed', 'CB', minute(190))] };

  it('moves no end that telemetry told, though it is the first to come, and leaves the fuse below that did not come back', () => {
    const looks = follow(
      site,
      [opened, gasps, closed, { second: 196, records: odd }, back],
      [196, 205, 215, 300],
    );
    for (const { endedOutages } of looks)
      expect(endedOutages.map(({ endedAt }) => endedAt)).toContainEqual(at(minute(190)));
    expect(looks.at(-1)?.open).toEqual(['F1']);
  });

  it('moves none that other meters told', () => {
    const [{ ended, endedOutages, open } = outagesOf(site, new OutageTracker(site, defaultTrackingPolicy))] =
      follow(site, [gasps, { second: 196, records: odd }, back], [300]);
    expect(ended).toEqual(['CB']);
    expect(open).toEqual(['F1']);
    expect(endedOutages[0]?.endedAt).toBe(at(minute(190)));
  });
});

describe('meters whose clocks are off', () => {
  it('come back together where each was out as long as the others, and one whose restore was lost holds no outage open', () => {
    const site = smallFeeder();
    const skews = [-114, -80, -13, 42, 77, 101];
    const records = skews.flatMap((skew, i) => [
      ...said(site, 'power_off', [`M${i + 1}`], 10 + minute(skew)),
      ...(i % 3 === 1 ? [] : said(site, 'power_on', [`M${i + 1}`], 70 + minute(skew))),
    ]);
    const { open, ended } = judge(site, {}, records, 90);
    expect(open).toEqual([]);
    expect(ended).toEqual(['T1']);
  });
});

describe('terminals that start again', () => {
  /** Four fuses of four transformers of eight meters, each with a terminal of its own. */
  function fibreFeeder(): Site {
    const builder = new SiteBuilder().substation('S').device('CB', 'breaker');
    let terminals = 0;
    for (let fuse = 1; fuse <= 4; fuse++) {
      builder.device(`F${fuse}`, 'fuse', { below: 'CB' });
      for (let transformer = 1; transformer <= 4; transformer++) {
        builder.device(`T${fuse}${transformer}`, 'transformer', { below: `F${fuse}` });
        for (let meter = 0; meter < 8; meter++) builder.meters(1, { terminal: `O${++terminals}` });
      }
    }
    return builder.build();
  }

  it('tell of a momentary alone, and those that still start hold nothing open', () => {
    const site = fibreFeeder();
    // Lost at 60 s, back at 78 s: meters ride through, and each terminal takes one to two minutes.
    const startOf = (number: number): number => 78 + 60 + ((number * 37) % 61);
    const speaking = Array.from({ length: 128 }, (_, i) => i + 1).filter((number) => number % 10 < 7);
    const arrivals = [
      {
        second: 63,
        records: said(
          site,
          'power_off',
          speaking.map((number) => `M${number}`),
          minute(60),
          'onu',
        ),
      },
      ...speaking
        .map((number) => ({
          second: startOf(number) + 3,
          records: said(site, 'power_on', [`M${number}`], minute(startOf(number)), 'onu'),
        }))
        .sort((a, b) => a.second - b.second),
    ];
    const looks = follow(site, arrivals, [150, 160, 170, 180, 190, 200, 230, 300]);
    for (const { open } of looks) expect(open).toEqual([]);
    const [momentary] = looks.at(-1)?.endedOutages ?? [];
    expect(momentary?.startedAt).toBe(at(1));
    expect(Math.abs((momentary?.endedAt ?? 0) - at(minute(78)))).toBeLessThan(10e6);
  });
});

describe('loss of voltage', () => {
  it.each([0, 1, 2])(
    'that is told %d seconds before the switch of a device above opens is one with it',
    (gap) => {
      const site = smallFeeder();
      const records = [told(site, 'voltage_lost', 'F1', 1), told(site, 'switch_open', 'CB', 1 + minute(gap))];
      expect(judge(site, {}, records.slice(0, 1), 1.1).open).not.toContain('CB');
      const { open, ended } = judge(site, {}, records, 1.2);
      expect([open, ended]).toEqual([['CB'], []]);
    },
  );
});
