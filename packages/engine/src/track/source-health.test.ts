import { describe, expect, it } from 'vitest';
import { awaitedShare, doubted, HEALTHY, heardSeconds, type SourceHealth } from './source-health.ts';
import { at, judge, most, noted, numbers, said, smallFeeder, told } from './testing/small-feeder.ts';

const LATENCY = [30, 80] as const;

describe('what is awaited of a source', () => {
  const silent: SourceHealth = { mute: [{ from: 1_000, to: 2_000 }], late: [], doubtful: [] };
  const late: SourceHealth = { mute: [], late: [{ from: 1_000, to: 2_000, lag: 3_600 }], doubtful: [] };

  it('is everything some time after a loss, and nothing before', () => {
    expect(awaitedShare(HEALTHY, 100, Number.POSITIVE_INFINITY, 200, LATENCY)).toBe(1);
    expect(awaitedShare(HEALTHY, 100, Number.POSITIVE_INFINITY, 120, LATENCY)).toBe(0);
  });

  it('is nothing of what would have come while it was silent', () => {
    const share = (from: number): number =>
      awaitedShare(silent, from, Number.POSITIVE_INFINITY, 9_999, LATENCY);
    expect([900, 930, 1_500, 2_001].map(share)).toEqual([1, 0, 0, 1]);
  });

  it('is awaited by its lag later while it is late', () => {
    const share = (now: number): number => awaitedShare(late, 1_500, Number.POSITIVE_INFINITY, now, LATENCY);
    expect([1_600, 5_000, 5_155, 5_180].map(share)).toEqual([0, 0, 0.5, 1]);
  });

  it('is no call for the time in which the center was silent', () => {
    expect(heardSeconds(HEALTHY, 500, 3_000, 2_500)).toBe(2_000);
    expect(heardSeconds(silent, 500, 3_000, 2_500)).toBe(1_000);
    expect(heardSeconds(silent, 1_200, 1_800, 2_500)).toBe(0);
    expect(heardSeconds(late, 1_500, 3_000, 2_500)).toBe(0);
  });

  it('is false more often while it is sick, and never for certain', () => {
    const sick: SourceHealth = { mute: [], late: [], doubtful: [{ from: 1_000, to: 2_000 }] };
    expect(doubted(2e-5, sick, 1_500, 10)).toBeCloseTo(2e-4);
    expect(doubted(2e-5, sick, 2_000, 10)).toBe(2e-5);
    expect(doubted(0.2, sick, 1_500, 10)).toBe(0.5);
  });
});

describe('a head-end that is silent', () => {
  // They gasped before, so that their silence would say something.
  const known = (site: ReturnType<typeof smallFeeder>) => [
    ...said(site, 'power_off', numbers(1, 32), 1),
    ...said(site, 'power_on', numbers(1, 32), 3),
  ];

  it('does not make a trip a test', () => {
    const site = smallFeeder();
    const records = [...known(site), told(site, 'switch_open', 'CB', 19)];
    expect(judge(site, {}, records, 26).open).toEqual([]);
    expect(judge(site, { providers: [noted('kaifa', 'silent', 15, 40)] }, records, 26).open).toEqual(['CB']);
    expect(judge(site, { providers: [noted('kaifa', 'silent', 15)] }, records, 26).open).toEqual(['CB']);
  });

  it('was silent at its time only', () => {
    const site = smallFeeder();
    const records = [...known(site), told(site, 'switch_open', 'CB', 19)];
    expect(judge(site, { providers: [noted('kaifa', 'silent', 21, 40)] }, records, 26).open).toEqual([]);
    expect(judge(site, { providers: [noted('kaifa', 'silent', 5, 15)] }, records, 26).open).toEqual([]);
  });

  it('is no outage', () => {
    const site = smallFeeder();
    expect(judge(site, { providers: [noted('kaifa', 'silent', 5)] }, known(site), 60).open).toEqual([]);
  });

  it('leaves nobody out who does not say that he is back', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'power_off', numbers(1, 32), 1),
      told(site, 'switch_open', 'CB', 1),
      told(site, 'switch_closed', 'CB', 20),
      // Ten minutes before, another outage: its restores came.
      ...said(site, 'power_off', most(1, 8), -10),
      ...said(site, 'power_on', most(1, 8), -5),
    ];
    expect(judge(site, {}, records, 30).open).not.toEqual([]);
    const healed = judge(site, { providers: [noted('kaifa', 'silent', 15, 60)] }, records, 30);
    expect(healed.open).toEqual([]);
    expect(healed.ended).toContain('CB');
  });

  it('says nothing by an unanswered ping', () => {
    const site = smallFeeder();
    const records = [...known(site), ...said(site, 'not_heard', numbers(1, 8), 20)];
    const sick = judge(site, { providers: [noted('kaifa', 'silent', 15)] }, records, 30).tracker;
    const [zone] = sick.zones();
    const silent = judge(site, { providers: [noted('kaifa', 'silent', 15)] }, known(site), 30).tracker;
    expect(zone?.beliefs.logEvidence).toBeCloseTo(silent.zones()[0]?.beliefs.logEvidence as number);
  });
});

describe('a head-end that is late', () => {
  it('is awaited for as long as it is late, and then missed', () => {
    const site = smallFeeder();
    const records = [
      ...said(site, 'power_off', numbers(1, 32), 1),
      ...said(site, 'power_on', numbers(1, 32), 3),
      told(site, 'switch_open', 'CB', 19),
    ];
    const providers = [noted('kaifa', 'late', 15, 60, 3_600)];
    expect(judge(site, { providers }, records, 26).open).toEqual(['CB']);
    expect(judge(site, { providers }, records, 75).open).toEqual(['CB']);
    const { tracker, open } = judge(site, { providers }, records, 85);
    expect(open).toEqual([]);
    tracker.judge(Number.MAX_SAFE_INTEGER / 2);
    expect(tracker.nextDueAt()).toBeNull();
  });

  it('wakes the tracker when its news should be there', () => {
    const site = smallFeeder();
    const records = [...said(site, 'power_off', ['M1', 'M2'], 19)];
    const { tracker } = judge(site, { providers: [noted('kaifa', 'late', 15, 60, 3_600)] }, records, 30);
    expect(tracker.nextDueAt()).toBeGreaterThan(at(79));
    expect(tracker.nextDueAt()).toBeLessThan(at(80));
  });
});

describe('what a sick provider says', () => {
  it.each(['silent', 'duplicating', 'unreliable'] as const)('weighs less while it is %s', (condition) => {
    const site = smallFeeder();
    const gasps = said(site, 'power_off', ['M1', 'M2'], 5);
    const [well] = judge(site, {}, gasps, 6.2).openOutages;
    const [sick] = judge(site, { providers: [noted('kaifa', condition, 4, 10)] }, gasps, 6.2).openOutages;
    expect(sick?.confidence ?? 0).toBeLessThan(well?.confidence ?? 0);
  });

  it('is believed all the same where many say it', () => {
    const site = smallFeeder();
    const providers = [noted('kaifa', 'duplicating', 0)];
    expect(judge(site, { providers }, said(site, 'power_off', most(1, 16), 5), 12).open).toEqual(['F1']);
  });

  it('leaves another provider alone', () => {
    const site = smallFeeder();
    const providers = [noted('onu', 'silent', 0), noted('call_center', 'silent', 0)];
    const gasps = said(site, 'power_off', most(1, 8), 5);
    expect(judge(site, { providers }, gasps, 12)).toMatchObject({
      open: judge(site, {}, gasps, 12).open,
    });
  });
});

describe('SCADA that is silent', () => {
  it('is not missed when a feeder opens', () => {
    const site = smallFeeder();
    // It tells of another opening before, and of its end, so that it would tell of this one.
    const records = [
      told(site, 'switch_open', 'CB', 1),
      told(site, 'switch_closed', 'CB', 2),
      ...said(site, 'power_off', most(1, 32), 1),
      ...said(site, 'power_on', numbers(1, 32), 2),
      ...said(site, 'power_off', most(1, 32), 30),
    ];
    const [well] = judge(site, {}, records, 40).openOutages;
    const [sick] = judge(site, { providers: [noted('scada', 'silent', 20)] }, records, 40).openOutages;
    expect(sick?.confidence ?? 0).toBeGreaterThanOrEqual(well?.confidence ?? 1);
  });
});
