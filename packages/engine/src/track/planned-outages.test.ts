import { describe, expect, it } from 'vitest';
import { defaultTrackingPolicy } from '../policy-tracking.ts';
import { OutageTracker, type TrackerRecord } from './outage-tracker.ts';
import {
  at,
  judge,
  knownToWork,
  most,
  numbers,
  outagesOf,
  said,
  smallFeeder,
  told,
  work,
} from './testing/small-feeder.ts';

describe('announced work', () => {
  it('explains the losses below its device', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    expect(judge(site, { works }, said(site, 'power_off', most(1, 16), 12), 20).open).toEqual(['F1 planned']);
  });

  it('explains the loss of a part, and a single meter, below its device', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    const openAfter = (...records: readonly TrackerRecord[]): readonly string[] =>
      judge(site, { works }, [...knownToWork(site), ...records], 20).open;
    expect(openAfter(...said(site, 'power_off', most(1, 8), 12))).toEqual(['T1 planned']);
    const alone = [...said(site, 'power_off', ['M3'], 12), ...said(site, 'not_heard', ['M3'], 15)];
    expect(openAfter(...alone)).toEqual(['service M3 planned']);
  });

  it('makes its device likelier than a part of it where few meters speak', () => {
    const site = smallFeeder();
    const few = said(site, 'power_off', ['M1', 'M2', 'M9'], 12);
    const [unannounced] = judge(site, {}, few, 14).openOutages;
    const [announced] = judge(site, { works: [work(site, 'F1', 10, 70)] }, few, 14).openOutages;
    expect(announced?.confidence ?? 0).toBeGreaterThanOrEqual(unannounced?.confidence ?? 0);
    expect(judge(site, { works: [work(site, 'F1', 10, 70)] }, few, 14).open).toEqual(['F1 planned']);
  });

  it('raises nothing where nobody says anything', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    expect(judge(site, { works }, [], 40).open).toEqual([]);
    // Others are heard of, and those below are silent: that they lost supply is announced, not known.
    const elsewhere = [...knownToWork(site), ...said(site, 'power_off', most(17, 24), 15)];
    expect(judge(site, { works }, elsewhere, 40).open).toEqual(['T3']);
  });

  it('leaves what happens beside it to be judged as ever', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    const records = [
      ...said(site, 'power_off', most(1, 16), 12),
      ...said(site, 'power_off', most(17, 24), 25),
    ];
    expect(judge(site, { works }, records, 35).open).toEqual(['F1 planned', 'T3']);
  });

  it('that begins a little early and ends a little late is still the work', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    const records = [
      ...said(site, 'power_off', most(1, 16), 1),
      ...said(site, 'power_on', numbers(1, 16), 80),
    ];
    expect(judge(site, { works }, records, 78).open).toEqual(['F1 planned']);
    expect(judge(site, { works }, records, 100)).toMatchObject({ open: [], ended: ['F1 planned'] });
  });

  it('explains no loss from before it or after it', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 30, 70)];
    expect(judge(site, { works }, said(site, 'power_off', most(1, 16), 5), 12).open).toEqual(['F1']);
    expect(judge(site, { works }, said(site, 'power_off', most(1, 16), 75), 82).open).toEqual(['F1']);
  });

  it('that is not over in time leaves an unplanned outage, and the clock says when', () => {
    const site = smallFeeder();
    const tracker = new OutageTracker(site, defaultTrackingPolicy);
    tracker.setConditions({ works: [work(site, 'F1', 10, 70)], providers: [] });
    for (const record of said(site, 'power_off', most(1, 16), 12)) tracker.take(record);
    let now = at(13);
    tracker.judge(now);
    while (tracker.nextDueAt() !== null && now < at(200)) {
      now = Math.max(now + 1, tracker.nextDueAt() as number);
      if (now < at(85)) expect(outagesOf(site, tracker).open).toEqual(['F1 planned']);
      tracker.judge(now);
    }
    expect(outagesOf(site, tracker).open).toEqual(['F1']);
    expect(now).toBeLessThan(at(86));
  });

  it('leaves an unplanned outage below it where everybody else is back', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    const records = [
      ...said(site, 'power_off', most(1, 16), 12),
      ...said(site, 'power_on', numbers(1, 8), 50),
    ];
    expect(judge(site, { works }, records, 49).open).toEqual(['F1 planned']);
    expect(judge(site, { works }, records, 58)).toMatchObject({ open: ['T2'], ended: ['F1 planned'] });
  });

  it('does not hide a trip above it', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    const records = [
      ...said(site, 'power_off', most(1, 16), 12),
      ...said(site, 'power_off', most(17, 32), 30),
      told(site, 'switch_open', 'CB', 30),
    ];
    expect(judge(site, { works }, records, 40).open).toEqual(['CB', 'F1 planned']);
  });

  it('that has not begun does not take a trip above it for itself', () => {
    const site = smallFeeder();
    const works = [work(site, 'F1', 10, 70)];
    expect(judge(site, { works }, said(site, 'power_off', most(1, 32), 12), 20).open).toEqual(['CB']);
  });

  it('explains what telemetry tells of its device', () => {
    const site = smallFeeder();
    const works = [work(site, 'CB', 10, 70)];
    expect(judge(site, { works }, [told(site, 'switch_open', 'CB', 12)], 13).open).toEqual(['CB planned']);
  });

  it('may be announced after the fact, changed and taken back', () => {
    const site = smallFeeder();
    const { tracker } = judge(site, {}, said(site, 'power_off', most(1, 16), 12), 20);
    const tell = (...works: readonly ReturnType<typeof work>[]) => {
      tracker.setConditions({ works, providers: [] });
      tracker.judge(at(21));
      return outagesOf(site, tracker).open;
    };
    expect(outagesOf(site, tracker).open).toEqual(['F1']);
    expect(tell(work(site, 'F1', 10, 70))).toEqual(['F1 planned']);
    expect(tell(work(site, 'F1', 40, 70))).toEqual(['F1']);
    expect(tell()).toEqual(['F1']);
  });
});
