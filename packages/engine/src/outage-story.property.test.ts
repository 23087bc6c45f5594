import type { OutageStatus } from '@lastgasp/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Instant, minutes } from './instant.ts';
import { type KnownOutage, matchOutages } from './match-outages.ts';
import { diffOutages, type OutageState } from './outage-diff.ts';
import { defaultTrackingPolicy } from './policy-tracking.ts';
import { STORM_START } from './simulate/simulate-storm.ts';
import { deviceAt, meterAt, SiteBuilder } from './simulate/testing/site-builder.ts';
import {
  OutageTracker,
  type OutageWithMembers,
  outagesWithMembers,
  type TrackerRecord,
} from './track/index.ts';

/** Two feeders: a fuse with two transformers, a recloser with one below it, and a transformer beside each. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB1', 'breaker')
  .device('FU', 'fuse')
  .device('T1', 'transformer')
  .meters(4)
  .device('T2', 'transformer', { below: 'FU' })
  .meters(4, { customers: 2 })
  .device('T3', 'transformer', { below: 'CB1' })
  .meters(3)
  .device('CB2', 'breaker', { below: 'S' })
  .device('RC', 'recloser')
  .device('T4', 'transformer')
  .meters(4)
  .device('T5', 'transformer', { below: 'CB2' })
  .meters(3)
  .build();
const METERS = site.network.meterCount;

type Word = TrackerRecord & { readonly order: number };

const at = fc
  .tuple(fc.nat({ max: 12 }), fc.constantFrom(0, 0.4, 1, 3, 20))
  .map(([minute, second]) => minute * 60 + second);
const word = (
  kinds: readonly TrackerRecord['kind'][],
  type: TrackerRecord['source']['type'],
  subject: fc.Arbitrary<Pick<TrackerRecord, 'meterKey' | 'deviceKey'>>,
) =>
  fc.record({ kind: fc.constantFrom(...kinds), second: at, subject, order: fc.nat() }).map(
    ({ kind, second, subject: keys, order }): Word => ({
      kind,
      eventAt: STORM_START + Math.round(second * 1e6),
      source: { type },
      order,
      ...keys,
    }),
  );
const meter = fc.integer({ min: 1, max: METERS }).map((number) => ({
  meterKey: site.network.meterKey[meterAt(site, `M${number}`)] as number,
  deviceKey: null,
}));
const device = fc
  .constantFrom('S', 'CB1', 'CB2')
  .map((code) => ({ meterKey: null, deviceKey: site.network.devices[deviceAt(site, code)]?.key as number }));

/** A device that opens: the gasps of most of its meters at one time, and their restores where it closes. */
const fault = fc
  .record({
    code: fc.constantFrom('CB1', 'FU', 'T1', 'T2', 'T3', 'CB2', 'RC', 'T5'),
    from: fc.nat({ max: 8 }),
    lasts: fc.constantFrom(0.5, 2, 6, null),
    silent: fc.subarray(Array.from({ length: METERS }, (_, position) => position)),
    orders: fc.array(fc.nat(), { minLength: 2 * METERS, maxLength: 2 * METERS }),
  })
  .map(({ code, from, lasts, silent, orders }): readonly Word[] => {
    const { network } = site;
    const index = deviceAt(site, code);
    const first = network.firstMeter[index] as number;
    const end = network.firstMeter[network.subtreeEnd[index] as number] as number;
    const words: Word[] = [];
    const add = (kind: Word['kind'], position: number, minute: number, order: number): void => {
      words.push({
        kind,
        eventAt: STORM_START + minutes(minute) + (position % 3) * 400_000,
        source: { type: 'kaifa' },
        meterKey: network.meterKey[position] as number,
        deviceKey: null,
        order,
      });
    };
    for (let position = first; position < end; position++) {
      // Of those in the subset every third is silent: most gasps get through.
      if (silent.includes(position) && position % 3 === 0) continue;
      add('power_off', position, from, orders[position] as number);
      if (lasts !== null) add('power_on', position, from + lasts, orders[METERS + position] as number);
    }
    return words;
  });
const stray = fc.oneof(
  word(['power_off', 'power_on', 'heard', 'not_heard'], 'kaifa', meter),
  word(['no_supply_call'], 'call_center', meter),
  word(['switch_open', 'switch_closed', 'voltage_lost', 'voltage_present'], 'scada', device),
);
/** Words in the order of their receipt: mostly that of chance, so that late ones come after what they precede. */
const story = fc
  .tuple(fc.array(fault, { minLength: 1, maxLength: 3 }), fc.array(stray, { maxLength: 6 }))
  .map(([faults, strays]): readonly Word[] =>
    [...faults.flat(), ...strays].sort((a, b) => a.order - b.order),
  );
const batches = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });

/** Plays a story in batches of the given sizes, over and over, with a judgement after each a few seconds on. */
function play(
  words: readonly Word[],
  sizes: readonly number[],
  look: (outages: readonly OutageWithMembers[], now: Instant) => void,
): readonly OutageWithMembers[] {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  const outages = (): readonly OutageWithMembers[] => tracker.zones().flatMap(outagesWithMembers);
  let now = STORM_START + minutes(14);
  for (let next = 0, batch = 0; next < words.length; batch++) {
    const size = sizes[batch % sizes.length] as number;
    for (const one of words.slice(next, next + size)) tracker.take(one);
    next += size;
    now += 7_000_000;
    tracker.judge(now);
    look(outages(), now);
  }
  tracker.judge(STORM_START + minutes(240));
  look(outages(), STORM_START + minutes(240));
  return outages();
}

function describeOutages(outages: readonly OutageWithMembers[]): unknown {
  return outages.map(({ outage: { target, startedAt, endedAt, confidence, customersOut }, meters }) => ({
    target,
    startedAt,
    endedAt,
    confidence: Math.round(confidence * 1e6),
    customersOut: Math.round(customersOut * 1e6),
    meters,
  }));
}

it('an outage that telemetry tells of after all meters said that they are back starts before it ends', () => {
  const { network } = site;
  const index = deviceAt(site, 'CB1');
  const first = network.firstMeter[index] as number;
  const end = network.firstMeter[network.subtreeEnd[index] as number] as number;
  const tell = (kind: Word['kind'], second: number, subject: Pick<Word, 'meterKey' | 'deviceKey'>): Word => ({
    kind,
    eventAt: STORM_START + second * 1e6,
    source: { type: kind === 'switch_open' ? 'scada' : 'kaifa' },
    order: 0,
    ...subject,
  });
  const words: Word[] = [
    tell('switch_open', 60, { meterKey: null, deviceKey: network.devices[index]?.key as number }),
  ];
  for (let position = first; position < end; position++) {
    const subject = { meterKey: network.meterKey[position] as number, deviceKey: null };
    words.push(tell('power_off', 0, subject), tell('power_on', 30, subject));
  }
  play(words, [words.length], (outages) => {
    for (const { outage } of outages)
      expect(outage.startedAt).toBeLessThanOrEqual(outage.endedAt ?? Number.POSITIVE_INFINITY);
  });
});

describe('the outages of a random story', () => {
  it('are those of the same evidence at once, however it was batched and judged meanwhile', () => {
    fc.assert(
      fc.property(story, batches, (words, sizes) => {
        const stepwise = play(words, sizes, () => undefined);
        const atOnce = play(words, [words.length], () => undefined);
        expect(describeOutages(stepwise)).toEqual(describeOutages(atOnce));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('have each meter in one of them at a time, and interrupt nobody beside their device or time', () => {
    fc.assert(
      fc.property(story, batches, (words, sizes) => {
        play(words, sizes, (outages) => {
          const spells = new Map<number, { from: Instant; until: Instant }[]>();
          for (const { outage, meters } of outages) {
            for (const [i, position] of meters.position.entries()) {
              expect(position).toBeGreaterThanOrEqual(outage.from);
              expect(position).toBeLessThan(outage.to);
              const from = meters.from[i] as Instant;
              const until = meters.until[i] ?? Number.POSITIVE_INFINITY;
              expect(from).toBeGreaterThanOrEqual(outage.startedAt);
              expect(from).toBeLessThan(until);
              expect(until).toBeLessThanOrEqual(outage.endedAt ?? Number.POSITIVE_INFINITY);
              const others = spells.get(position) ?? [];
              expect(others.filter((other) => other.from < until && from < other.until)).toEqual([]);
              spells.set(position, [...others, { from, until }]);
            }
          }
        });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('are kept by matching: diffs lead from each state to the next, and nobody is in two that stand and last', () => {
    fc.assert(
      fc.property(story, batches, (words, sizes) => {
        let known = new Map<string, Stored>();
        let replayed = new Map<string, OutageState>();
        play(words, sizes, (outages) => {
          const before = known;
          known = step(known, outages);
          const stateOf = (stored: Stored): OutageState => stored.state;
          const diff = diffOutages([...before.values()].map(stateOf), [...known.values()].map(stateOf));
          replayed = apply(replayed, diff);
          expect(replayed).toEqual(new Map([...known].map(([id, stored]) => [id, stored.state])));
          // Nobody is counted twice among those that stand and last.
          const open = [...known.values()].filter(
            ({ state: { replacedBy, endedAt, status } }) =>
              replacedBy === null && endedAt === null && status !== 'cancelled',
          );
          const now = open.flatMap(({ outNow }) => outNow);
          expect(new Set(now).size).toBe(now.length);
        });
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** An outage as a caller keeps it. */
interface Stored extends KnownOutage {
  readonly state: OutageState;
  readonly outNow: readonly number[];
}

/** What is stored after a judgement, by the engine's matching. */
function step(
  known: ReadonlyMap<string, Stored>,
  outages: readonly OutageWithMembers[],
): Map<string, Stored> {
  const found = outages.map(({ outage, meters }) => ({
    id: `${outage.from}-${outage.to}-${outage.target.kind}-${outage.startedAt}`,
    from: outage.from,
    to: outage.to,
    isService: outage.target.kind === 'service',
    startedAt: outage.startedAt,
    endedAt: outage.endedAt,
    outage,
    outNow: meters.position.filter((_, i) => meters.until[i] === null),
  }));
  const { standing, replaced, withdrawn } = matchOutages([...known.values()], found);
  const next = new Map(known);
  const idOf = new Map(standing.map(({ found: one, known: same }) => [one, same?.id ?? one.id]));
  for (const { found: one } of standing) {
    const id = idOf.get(one) as string;
    const { outage, outNow, startedAt, endedAt } = one;
    const status: OutageStatus = endedAt === null ? 'detected' : 'restored';
    const state: OutageState = {
      id,
      status,
      startedAt,
      endedAt,
      isMomentary: endedAt !== null && endedAt - startedAt <= minutes(5),
      isPlanned: outage.isPlanned,
      confidence: outage.confidence,
      customers: outage.customersOut,
      customersOutNow: outNow.length,
      replacedBy: null,
    };
    next.set(id, { ...one, id, standing: endedAt === null ? 'open' : 'ended', state, outNow });
  }
  for (const { known: one, by } of replaced) {
    const state: OutageState = {
      ...one.state,
      status: 'cancelled',
      customersOutNow: 0,
      replacedBy: idOf.get(by) as string,
    };
    next.set(one.id, { ...one, standing: 'replaced', state, outNow: [] });
  }
  for (const one of withdrawn) {
    const state: OutageState = { ...one.state, status: 'cancelled', customersOutNow: 0 };
    next.set(one.id, { ...one, standing: 'withdrawn', state, outNow: [] });
  }
  return next;
}

/** A state with a diff applied, as the database and the live stream apply it. */
function apply(
  before: ReadonlyMap<string, OutageState>,
  { opened, changed, closed, reopened, replaced }: ReturnType<typeof diffOutages>,
): Map<string, OutageState> {
  const after = new Map(before);
  for (const one of opened) after.set(one.id, one);
  for (const [from, to] of [...changed, ...closed, ...reopened, ...replaced]) {
    expect(after.get(from.id)).toEqual(from);
    after.set(to.id, to);
  }
  return after;
}
