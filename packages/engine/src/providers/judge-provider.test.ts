import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeProvider } from './judge-provider.ts';
import { defaultProviderPolicy } from './policy-providers.ts';
import type { ProviderFigures, ProviderHour } from './provider-figures.ts';
import { settleConditions } from './settle-conditions.ts';

const DAY = 86_400;
/** Midnight UTC. */
const MIDNIGHT = 20_000 * DAY;
const NOON = MIDNIGHT + DAY / 2;

const hour = (from: number, changes: Partial<ProviderHour> = {}): ProviderHour => ({
  from,
  stored: 60,
  duplicate: 0,
  rejected: 0,
  longestSilenceSeconds: 120,
  delays: 60,
  medianDelaySeconds: 40,
  conditions: [],
  ...changes,
});
const days = (count: number, until: number, of: (from: number) => Partial<ProviderHour> = () => ({})) =>
  Array.from({ length: count * 24 }, (_, i) => until - (i + 1) * 3600).map((from) => hour(from, of(from)));
const figures = (changes: Partial<ProviderFigures> = {}): ProviderFigures => ({
  now: NOON,
  lastReceivedAt: NOON - 30,
  minutes: Array.from({ length: 30 }, (_, i) => ({
    from: NOON - 1800 + 60 * i,
    stored: 2,
    duplicate: 0,
    rejected: 0,
  })),
  delays: { count: 60, low: 20, median: 40, high: 60, since: NOON - 900 },
  hours: days(14, NOON),
  ...changes,
});
const judge = (changes: Partial<ProviderFigures>, found = {}) =>
  judgeProvider(figures(changes), found, defaultProviderPolicy);

describe('silence', () => {
  it('is judged by its own rhythm: ten minutes are much for one that speaks every two, and nothing for one that speaks twice a day', () => {
    const silentFor = (seconds: number, longestSilenceSeconds: number) =>
      judge({
        lastReceivedAt: NOON - seconds,
        minutes: [],
        hours: days(14, NOON, () => ({ longestSilenceSeconds })),
      }).verdicts.silent;
    expect(silentFor(601, 120)).toMatchObject({ kind: 'sick', since: NOON - 601 });
    expect(silentFor(599, 120).kind).not.toBe('sick');
    expect(silentFor(20 * 3600, 11 * 3600).kind).not.toBe('sick');
    expect(silentFor(23 * 3600, 11 * 3600).kind).toBe('sick');
  });

  it('is learnt by the hour of the day', () => {
    const sleeps = (from: number) => ({ longestSilenceSeconds: (from % DAY) / 3600 < 6 ? 6 * 3600 : 120 });
    const at = (now: number) =>
      judge({ now, lastReceivedAt: now - 5400, minutes: [], hours: days(14, now, sleeps) }).verdicts.silent
        .kind;
    expect(at(NOON)).toBe('sick');
    expect(at(MIDNIGHT + 3 * 3600)).not.toBe('sick');
  });

  it('of outages of the provider teaches nothing, noted or not', () => {
    const broken = (isNoted: boolean, share: number) => (from: number) =>
      (from / 3600) % 100 < share
        ? { longestSilenceSeconds: 40 * 3600, conditions: isNoted ? (['silent'] as const) : [] }
        : {};
    const silentAfter = (isNoted: boolean, share: number) =>
      judge({ hours: days(28, NOON, broken(isNoted, share)) }).silentAfterSeconds;
    expect(silentAfter(true, 50)).toBe(600);
    expect(silentAfter(false, 3)).toBe(600);
  });

  it('of a storm does not become usual: an hour of messages each second is one hour', () => {
    const calm = (from: number) =>
      from === NOON - 3600 ? { stored: 100_000, longestSilenceSeconds: 1 } : { longestSilenceSeconds: 3600 };
    expect(judge({ hours: days(14, NOON, calm) }).silentAfterSeconds).toBe(7200);
  });

  it('says nothing before a day of its hours is known', () => {
    const young = judge({ hours: days(1, NOON).slice(1), lastReceivedAt: NOON - 40_000, minutes: [] });
    expect(young.verdicts.silent.kind).toBe('unclear');
    expect(young.silentAfterSeconds).toBeNull();
  });

  it('is over when it is heard in three minutes, since the first of them; one message is not enough', () => {
    const minute = (from: number) => ({ from, stored: 1, duplicate: 0, rejected: 0 });
    const found = { silent: { since: NOON - 7200 } };
    const heard = (...ago: readonly number[]) =>
      judge(
        {
          lastReceivedAt: NOON - (ago.at(-1) as number),
          minutes: ago.map((seconds) => minute(NOON - seconds)),
        },
        found,
      ).verdicts.silent;
    expect(heard(300).kind).toBe('unclear');
    expect(heard(300, 240, 180)).toEqual({ kind: 'well', since: NOON - 300 });
  });
});

describe('what it says', () => {
  const minutes = (stored: number, duplicate: number, rejected: number) => [
    { from: NOON - 600, stored, duplicate, rejected },
  ];

  it('is late by its own measure, and the lag is what nearly all of it keeps', () => {
    const delays = { count: 60, low: 100, median: 400, high: 900.2, since: NOON - 3600 };
    expect(judge({ delays }).verdicts.late).toMatchObject({
      kind: 'sick',
      since: NOON - 3600,
      lagSeconds: 901,
    });
    const batches = days(14, NOON, () => ({ medianDelaySeconds: 300 }));
    expect(judge({ delays, hours: batches }).verdicts.late.kind).toBe('well');
    expect(judge({ delays: { ...delays, count: 5 } }).verdicts.late.kind).toBe('unclear');
  });

  it('is doubled more than usual', () => {
    expect(judge({ minutes: minutes(20, 80, 0) }).verdicts.duplicating.kind).toBe('sick');
    const doubled = days(14, NOON, () => ({ stored: 30, duplicate: 30 }));
    expect(judge({ minutes: minutes(45, 55, 0), hours: doubled }).verdicts.duplicating.kind).toBe('well');
    expect(judge({ minutes: minutes(1, 3, 0) }).verdicts.duplicating.kind).toBe('unclear');
  });

  it('cannot be relied on where a third is set aside, or its clock is ahead', () => {
    expect(judge({ minutes: minutes(60, 0, 40) }).verdicts.unreliable.kind).toBe('sick');
    expect(judge({ minutes: minutes(95, 0, 5) }).verdicts.unreliable.kind).toBe('well');
    const ahead = (median: number) =>
      judge({ delays: { count: 60, low: median, median, high: 0, since: NOON } }).verdicts.unreliable.kind;
    expect([ahead(-121), ahead(-90), ahead(-30)]).toEqual(['sick', 'unclear', 'well']);
  });

  it('that was found wrong a day ago is forgotten where nothing tells any more; a silence is not', () => {
    const since = NOON - 25 * 3600;
    const { verdicts } = judge(
      { delays: null, minutes: [], lastReceivedAt: since },
      { late: { since }, silent: { since } },
    );
    expect([verdicts.late.kind, verdicts.silent.kind]).toEqual(['well', 'sick']);
  });
});

describe('conditions', () => {
  const known = { lasting: [], found: [], overruled: [] };

  it('do not flap: a figure that hovers between the two thresholds neither finds nor ends anything', () => {
    const since = NOON - 3600;
    const lasting = [{ condition: 'late', since, lagSeconds: 900, isAutomatic: true }] as const;
    fc.assert(
      fc.property(fc.double({ min: 150.5, max: 300, noNaN: true }), fc.boolean(), (median, isFound) => {
        const delays = { count: 60, low: 0, median, high: 900, since: NOON - 900 };
        const { verdicts } = judge({ delays }, isFound ? { late: { since } } : {});
        const changes = settleConditions(verdicts, isFound ? { ...known, lasting, found: ['late'] } : known);
        expect([changes.note, changes.end, changes.relag]).toEqual([[], [], []]);
      }),
    );
    const found = (median: number) =>
      judge({ delays: { count: 60, low: 0, median, high: 900, since } }).verdicts.late.kind;
    expect([found(150), found(301)]).toEqual(['well', 'sick']);
  });

  it('are the same however often and in whatever order the hours are told', () => {
    const hours = days(14, NOON, (from) => ({ longestSilenceSeconds: from % 700, rejected: from % 7 }));
    fc.assert(
      fc.property(fc.shuffledSubarray(hours, { minLength: hours.length }), (shuffled) => {
        expect(judge({ hours: shuffled })).toEqual(judge({ hours }));
      }),
      { numRuns: 20 },
    );
  });

  it('that a person noted are left alone, and those that a person ended stay ended until it was well', () => {
    const sick = judge(
      { lastReceivedAt: NOON - 7200, minutes: [] },
      { silent: { since: NOON - 7200 } },
    ).verdicts;
    const noted = { condition: 'silent', since: NOON - 9000, lagSeconds: null, isAutomatic: false } as const;
    expect(settleConditions(sick, { ...known, lasting: [noted] })).toMatchObject({
      note: [],
      end: [],
      found: [],
    });
    expect(settleConditions(judge({}).verdicts, { ...known, lasting: [noted] }).end).toEqual([]);

    const ended = settleConditions(sick, { ...known, found: ['silent'] });
    expect(ended).toMatchObject({ note: [], overruled: ['silent'] });
    expect(settleConditions(sick, { ...known, overruled: ['silent'] })).toMatchObject({
      note: [],
      overruled: ['silent'],
    });
    const well = settleConditions(judge({}).verdicts, { ...known, overruled: ['silent'] });
    expect(well.overruled).toEqual([]);
    expect(settleConditions(sick, { ...known, overruled: well.overruled }).note).toMatchObject([
      { condition: 'silent', since: NOON - 7200, isAutomatic: true },
    ]);
  });

  it('of a lag are noted anew only where it has grown by half', () => {
    const delays = (high: number) => ({ count: 60, low: 100, median: 400, high, since: NOON - 3600 });
    const lasting = [{ condition: 'late', since: NOON - 9000, lagSeconds: 900, isAutomatic: true }] as const;
    const relag = (high: number) =>
      settleConditions(judge({ delays: delays(high) }).verdicts, { ...known, lasting, found: ['late'] })
        .relag;
    expect(relag(1300)).toEqual([]);
    expect(relag(1400)).toEqual([{ condition: 'late', lagSeconds: 1400 }]);
  });
});
