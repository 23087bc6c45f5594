import { describe, expect, it } from 'vitest';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import type { Site } from '../simulate/site.ts';
import { SiteBuilder } from '../simulate/testing/site-builder.ts';
import { explainOutage } from './explain-outage.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import { at, most, numbers, outagesOf, said, smallFeeder, told } from './testing/small-feeder.ts';

/** A desk that asks meters: what was said until 4 minutes after the gasps, and who is asked then. */
class Desk {
  readonly site: Site;
  readonly tracker: OutageTracker;

  constructor(site: Site, records: readonly TrackerRecord[]) {
    this.site = site;
    this.tracker = new OutageTracker(site, defaultTrackingPolicy);
    for (const record of records) this.tracker.take(record);
    this.tracker.judge(at(4));
  }

  /** Numbers of the meters that it asks at a minute. */
  asks(minute = 4): readonly string[] {
    const { network, meters } = this.site;
    return this.tracker
      .takePings(at(minute))
      .map((key) => meters.number[network.meterKey.indexOf(key)] as string);
  }

  /** A meter answers at a minute, or does not. */
  hears(kind: 'heard' | 'not_heard', meter: string, minute: number): this {
    for (const record of said(this.site, kind, [meter], minute)) this.tracker.take(record);
    this.tracker.judge(at(minute));
    return this;
  }

  get open(): readonly string[] {
    return outagesOf(this.site, this.tracker).open;
  }
}

const isOneOf = (from: number, to: number, asked: readonly string[]): boolean =>
  asked.length === 1 && numbers(from, to).includes(asked[0] as string);

/** A breaker with twelve transformers of four meters, each with a cell of its own. */
function wideFeeder(): Site {
  const builder = new SiteBuilder().substation('S').device('CB', 'breaker');
  for (let i = 1; i <= 12; i++) builder.device(`T${i}`, 'transformer', { below: 'CB' }).meters(4);
  return builder.build();
}

describe('of a fuse and one of its two transformers whose other cell is silent', () => {
  const desk = (): Desk => new Desk(smallFeeder(), said(smallFeeder(), 'power_off', most(1, 8), 1));

  it('a meter of the other is asked', () => {
    expect(isOneOf(9, 16, desk().asks())).toBe(true);
  });

  it('the transformer is left when it answers, and nothing is asked any more', () => {
    const asking = desk();
    const [meter] = asking.asks();
    asking.hears('heard', meter as string, 4.2);
    expect(asking.open).toEqual(['T1']);
    expect(asking.asks(4.2)).toEqual([]);
  });

  it('the fuse is more likely than before when it does not', () => {
    const asking = desk();
    const fuse = (): number =>
      asking.tracker
        .zones()
        .flatMap(({ outages }) => outages.posterior)
        .find(({ target }) => asking.site.network.devices[target.devices[0] as number]?.code === 'F1')
        ?.probability ?? 0;
    const before = fuse();
    const [meter] = asking.asks();
    asking.hears('not_heard', meter as string, 4.5);
    expect(fuse()).toBeGreaterThan(3 * before);
  });

  it('none of it is asked where its cell is known to be mute', () => {
    const site = smallFeeder();
    const withoutT2 = [...numbers(1, 8), ...numbers(17, 32)];
    const asking = new Desk(site, [
      told(site, 'switch_open', 'CB', -20),
      ...said(site, 'power_off', withoutT2, -20),
      told(site, 'switch_closed', 'CB', -15),
      ...said(site, 'power_on', withoutT2, -15),
      ...said(site, 'power_off', most(1, 8), 1),
    ]);
    expect(asking.asks()).toEqual([]);
  });
});

describe('a ping that is not answered', () => {
  it('never speaks against an outage, however many meters its silent cell has', () => {
    const site = new SiteBuilder()
      .substation('S')
      .device('CB', 'breaker')
      .device('F', 'fuse')
      .device('T1', 'transformer', { below: 'F' })
      .meters(36)
      .device('T2', 'transformer', { below: 'F' })
      .meters(90)
      .device('T3', 'transformer', { below: 'CB' })
      .meters(40)
      .build();
    const desk = new Desk(site, said(site, 'power_off', most(1, 36), 1));
    const fuse = (): number =>
      desk.tracker
        .zones()
        .flatMap(({ outages }) => outages.posterior)
        .find(({ target }) => site.network.devices[target.devices[0] as number]?.code === 'F')?.probability ??
      0;
    const before = fuse();
    desk.hears('not_heard', 'M40', 4.5);
    expect(fuse()).toBeGreaterThan(before);
  });
});

describe('pings', () => {
  it('ask none below a fuse both of whose transformers gasped: no meter can tell the fuse from the two', () => {
    const site = smallFeeder();
    const desk = new Desk(site, said(site, 'power_off', most(1, 16), 1));
    for (const meter of desk.asks()) {
      expect(numbers(1, 16)).not.toContain(meter);
      desk.hears('heard', meter, 4.2);
    }
    expect(desk.asks(4.2)).toEqual([]);
  });

  it('ask a neighbour of one that gasped alone, or itself, and then another: its cell is known to work', () => {
    const site = smallFeeder();
    const desk = new Desk(site, said(site, 'power_off', ['M3'], 1));
    const asked = desk.asks();
    expect(isOneOf(1, 8, asked)).toBe(true);
    desk.hears('not_heard', asked[0] as string, 4.5);
    expect(isOneOf(1, 8, desk.asks(4.5))).toBe(true);
  });

  it('wait until gasps are there and an answer counts however far clocks are off', () => {
    const site = smallFeeder();
    const desk = new Desk(site, said(site, 'power_off', most(1, 8), 1));
    desk.tracker.judge(at(2.5));
    expect(desk.asks(2.5)).toEqual([]);
    expect(desk.asks(4)).toHaveLength(1);
  });

  it('are sent one at a time, each when the last was answered or will not be', () => {
    const site = wideFeeder();
    const desk = new Desk(site, said(site, 'power_off', ['M1', 'M2', 'M5', 'M6', 'M9'], 1));
    const [first] = desk.asks();
    expect(desk.asks(4.1)).toEqual([]);
    desk.hears('not_heard', first as string, 4.5);
    expect(desk.asks(4.5)).not.toContain(first);
  });

  it('are three at most about what happened together', () => {
    const site = wideFeeder();
    const desk = new Desk(site, said(site, 'power_off', ['M1', 'M2', 'M5', 'M6', 'M9'], 1));
    const asked: string[] = [];
    for (let minute = 4; minute < 6; minute += 0.25) {
      for (const meter of desk.asks(minute)) {
        asked.push(meter);
        desk.hears('not_heard', meter, minute + 0.1);
      }
    }
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(new Set(asked).size).toBe(asked.length);
  });
});

describe('a breaker most of whose branches said nothing', () => {
  // Four of twelve transformers gasp in full at one instant.
  const desk = (): Desk => new Desk(wideFeeder(), said(wideFeeder(), 'power_off', numbers(1, 20), 1));

  it('is checked by a ping to a silent branch, however likely it is held to be', () => {
    expect(desk().open).toEqual(['CB']);
    expect(isOneOf(21, 48, desk().asks())).toBe(true);
  });

  it('is settled when one silent branch does not answer either: nothing more is asked', () => {
    const asking = desk();
    const asked: string[] = [];
    for (let minute = 4; minute < 6; minute += 0.25) {
      for (const meter of asking.asks(minute)) {
        asked.push(meter);
        asking.hears('not_heard', meter, minute + 0.1);
      }
    }
    expect(asking.open).toEqual(['CB']);
    expect(asked).toHaveLength(1);
  });

  it('gives way to the transformers that gasped when two silent branches answer', () => {
    const asking = desk();
    for (const minute of [4, 4.3])
      for (const meter of asking.asks(minute)) asking.hears('heard', meter, minute + 0.1);
    expect(asking.open).toEqual(['T1', 'T2', 'T3', 'T4', 'T5']);
  });
});

describe('the explanation of an outage', () => {
  it('advises the meter that would be asked, though it hangs below an alternative only', () => {
    const site = smallFeeder();
    const desk = new Desk(site, said(site, 'power_off', most(1, 8), 1));
    const [zone] = desk.tracker.zones();
    const [outage] = outagesOf(site, desk.tracker).openOutages;
    if (zone === undefined || outage === undefined) throw new Error('nothing is out');
    const [best] = explainOutage(zone, outage).pings;
    expect(site.meters.number[site.network.meterKey.indexOf(best?.meterKey as number)]).toBe(desk.asks()[0]);
    expect(best?.gain).toBeGreaterThan(0.02);
    expect(best?.dead).toBeLessThan(0.5);
  });
});
