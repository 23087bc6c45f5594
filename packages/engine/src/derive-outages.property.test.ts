import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DerivedOutage, deriveOutages } from './derive-outages.ts';
import type { Episode } from './episodes.ts';
import { DEVICE_SIGNAL_KINDS, type DeviceSignal, METER_REPORT_KINDS, type MeterReport } from './evidence.ts';
import { minutes } from './instant.ts';
import { type JudgedEpisode, judgeGroup } from './judge-group.ts';
import { buildNetwork, meterPosition, type Network } from './network.ts';
import { diffOutages, type OutageState } from './outage-diff.ts';
import { defaultPolicy } from './policy.ts';
import { episodeId, listReplaced, SubstationTimeline } from './substation-timeline.ts';
import { type NaiveOutage, naiveOutages } from './testing/naive-outages.ts';
import { meterColumns } from './testing/network-builder.ts';

type Evidence = DeviceSignal | MeterReport;
const isSignal = (evidence: Evidence): evidence is DeviceSignal => 'deviceKey' in evidence;

interface World {
  readonly network: Network;
  readonly devices: { key: number; upstreamKey: number | null }[];
  readonly meters: { key: number; deviceKey: number }[];
  readonly evidence: Evidence[];
}

// Few devices, few meters, few instants: so that signals meet each other often.
const world: fc.Arbitrary<World> = fc
  .record({
    upstream: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
    meters: fc.array(fc.record({ device: fc.nat(), customers: fc.nat({ max: 3 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    evidence: fc.array(
      fc.record({
        isSignal: fc.boolean(),
        about: fc.nat(),
        kind: fc.nat(),
        minute: fc.nat({ max: 24 }),
        source: fc.constantFrom('onu', 'kaifa', 'call_center', 'system'),
        receivedEarlier: fc.constantFrom(0, 0, 0, 0, 11),
      }),
      { maxLength: 24 },
    ),
  })
  .map(({ upstream, meters, evidence }) => {
    const devices = [
      { key: 1, upstreamKey: null as number | null },
      ...upstream.map((above, i) => ({ key: i + 2, upstreamKey: (above % (i + 1)) + 1 })),
    ];
    const placed = meters.map(({ device, customers }) => ({
      device: (device % devices.length) + 1,
      customers,
    }));
    const network = buildNetwork(
      devices.map(({ key, upstreamKey }) => ({
        key,
        code: `D${key}`,
        kind: upstreamKey === null ? 'substation' : 'breaker',
        upstreamKey,
        substationKey: 1,
        feederKey: null,
        isNormallyOpen: false,
        isFeederHead: false,
        isImplied: false,
      })),
      meterColumns(placed),
    );
    return {
      network,
      devices,
      meters: placed.map(({ device }, i) => ({ key: i + 1, deviceKey: device })),
      evidence: evidence.map((one, i): Evidence => {
        const eventAt = minutes(one.minute);
        const common = { key: i + 1, eventAt, receivedAt: eventAt - minutes(one.receivedEarlier) };
        if (one.isSignal) {
          return {
            ...common,
            kind: DEVICE_SIGNAL_KINDS[one.kind % DEVICE_SIGNAL_KINDS.length]!,
            deviceKey: (one.about % devices.length) + 1,
            source: { type: 'scada', eventKey: i + 1 },
          };
        }
        return {
          ...common,
          kind: METER_REPORT_KINDS[one.kind % METER_REPORT_KINDS.length]!,
          meterKey: (one.about % placed.length) + 1,
          source: { type: one.source, eventKey: i + 1 },
        };
      }),
    };
  });

function derive({ network }: World, evidence: readonly Evidence[]): readonly DerivedOutage[] {
  return deriveOutages(
    network,
    evidence.filter(isSignal),
    evidence.filter((one): one is MeterReport => !isSignal(one)),
    defaultPolicy,
  );
}

/** An outage in comparable form: meters by key, joined evidence by key. */
interface Picture {
  readonly id: string;
  readonly endedAt: number | null;
  readonly meters: readonly (readonly [key: number, from: number, until: number | null])[];
  readonly evidence: readonly number[];
}

function picture({ network }: World, outage: DerivedOutage): Picture {
  return {
    id: outage.id,
    endedAt: outage.endedAt,
    meters: outage.meters.position
      .map((p, i) => [network.meterKey[p]!, outage.meters.from[i]!, outage.meters.until[i]!] as const)
      .sort((a, b) => a[0] - b[0]),
    evidence: outage.evidence.map((one) => one.evidence.key).sort((a, b) => a - b),
  };
}

function naivePicture(outage: NaiveOutage): Picture {
  const at = new Date(outage.startedAt / 1000).toISOString().replaceAll(/[-:]|\.000/g, '');
  return {
    id: `D${outage.deviceKey}-${at}`,
    endedAt: outage.endedAt,
    meters: [...outage.meters]
      .map(([key, part]) => [key, part.from, part.until] as const)
      .sort((a, b) => a[0] - b[0]),
    evidence: [...outage.evidence].sort((a, b) => a - b),
  };
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

/** Outages kept in step batch by batch, as a correlator keeps them in the database. */
class KeptOutages {
  readonly #world: World;
  readonly #timeline: SubstationTimeline;
  readonly #reports: MeterReport[] = [];
  readonly kept = new Map<
    string,
    { episode: Episode; meters: Map<number, [number, number | null]>; evidence: Set<number> }
  >();

  constructor(world: World) {
    this.#world = world;
    this.#timeline = new SubstationTimeline(world.network, defaultPolicy);
  }

  take(batch: readonly Evidence[]): void {
    const { network } = this.#world;
    const reports = batch.filter((one): one is MeterReport => !isSignal(one));
    this.#reports.push(...reports);
    const changed = this.#timeline.add(batch.filter(isSignal));
    for (const group of changed) for (const { id } of listReplaced(network, group)) this.kept.delete(id);
    for (const group of this.#timeline.groups) {
      const isNew = changed.includes(group);
      const touched = reports
        .filter((report) =>
          this.#timeline.groupsAt(deviceOf(network, report.meterKey), report.eventAt).includes(group),
        )
        .map((report) => meterPosition(network, report.meterKey));
      if (!isNew && touched.length === 0) continue;
      const only = isNew ? undefined : [...new Set(touched)];
      const of = only?.map((position) => network.meterKey[position]);
      const own = this.#reports.filter((report) => of === undefined || of.includes(report.meterKey));
      const judged = judgeGroup(network, group, own, defaultPolicy, only);
      for (const one of judged)
        this.#keep(
          one,
          isNew,
          group.steps.filter((s) => s.episode === one.episode).map((s) => s.signal.key),
        );
    }
  }

  #keep({ episode, meters, joined }: JudgedEpisode, isNew: boolean, signals: readonly number[]): void {
    const id = episodeId(this.#world.network, episode);
    let kept = this.kept.get(id);
    if (kept === undefined || isNew) {
      kept = { episode, meters: new Map(), evidence: new Set(signals) };
      this.kept.set(id, kept);
    }
    meters.position.forEach((position, i) => {
      kept.meters.set(this.#world.network.meterKey[position]!, [meters.from[i]!, meters.until[i]!]);
    });
    for (const join of joined) kept.evidence.add(join.report.key);
  }

  pictures(): Picture[] {
    return [...this.kept]
      .filter(([, kept]) => kept.meters.size > 0)
      .map(([id, kept]) => ({
        id,
        endedAt: kept.episode.endedAt,
        meters: [...kept.meters]
          .map(([key, [from, until]]) => [key, from, until] as const)
          .sort((a, b) => a[0] - b[0]),
        evidence: [...kept.evidence].sort((a, b) => a - b),
      }))
      .sort(byId);
  }
}

function deviceOf(network: Network, meterKey: number): number {
  const position = meterPosition(network, meterKey);
  let device = 0;
  while (device + 1 < network.deviceCount && network.firstMeter[device + 1]! <= position) device++;
  return device;
}

/** The evidence in some order, some of it more than once, cut into batches. */
const arrival = (evidence: readonly Evidence[]): fc.Arbitrary<Evidence[][]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...evidence], { minLength: evidence.length }),
      fc.subarray([...evidence]),
      fc.array(fc.integer({ min: 1, max: 5 })),
    )
    .map(([shuffled, again, sizes]) => {
      const all = [...shuffled, ...again];
      const batches: Evidence[][] = [];
      for (let i = 0; all.length > 0; i++)
        batches.push(all.splice(0, sizes[i % Math.max(sizes.length, 1)] ?? 3));
      return batches;
    });

const delivery = world.chain((one) => arrival(one.evidence).map((batches) => ({ world: one, batches })));

describe('outages as a function of the evidence', () => {
  it('are what the rules give when they are followed meter by meter and minute by minute', () => {
    fc.assert(
      fc.property(world, (one) => {
        const expected = naiveOutages(
          one,
          one.evidence.filter(isSignal),
          one.evidence.filter((e): e is MeterReport => !isSignal(e)),
          defaultPolicy,
        );
        const derived = derive(one, one.evidence).map((outage) => picture(one, outage));
        expect(derived.sort(byId)).toEqual(expected.map(naivePicture).sort(byId));
      }),
      { numRuns: 5000 },
    );
  });

  it('do not depend on the order or the number of copies in which evidence arrives', () => {
    fc.assert(
      fc.property(delivery, ({ world: one, batches }) => {
        expect(derive(one, batches.flat()).map((outage) => picture(one, outage))).toEqual(
          derive(one, one.evidence).map((outage) => picture(one, outage)),
        );
      }),
    );
  });

  it('are the same kept in step batch by batch as derived from scratch, and no meter is ever in two open ones', () => {
    fc.assert(
      fc.property(delivery, ({ world: one, batches }) => {
        const kept = new KeptOutages(one);
        const so: Evidence[] = [];
        for (const batch of batches) {
          so.push(...batch);
          kept.take(batch);
          const pictures = kept.pictures();
          const unique = so.filter((e, i) => so.findIndex((other) => other.key === e.key) === i);
          expect(pictures).toEqual(
            derive(one, unique)
              .map((outage) => picture(one, outage))
              .sort(byId),
          );
          const out = pictures.flatMap((outage) =>
            outage.meters.filter((m) => m[2] === null).map((m) => m[0]),
          );
          expect(new Set(out).size).toBe(out.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('change by diffs that lead from any state to the next', () => {
    const states = (one: World, evidence: readonly Evidence[]): OutageState[] =>
      derive(one, evidence).map((outage) => ({
        id: outage.id,
        status: outage.status,
        startedAt: outage.startedAt,
        endedAt: outage.endedAt,
        isMomentary: outage.isMomentary,
        confidence: outage.confidence,
        customers: outage.customers,
        customersOutNow: outage.customersOutNow,
        replacedBy: null,
      }));
    fc.assert(
      fc.property(delivery, ({ world: one, batches }) => {
        const before = states(one, batches[0] ?? []);
        const after = states(one, one.evidence);
        const gone = before.filter((outage) => !after.some((other) => other.id === outage.id));
        const target = [...after, ...gone.map((outage) => ({ ...outage, replacedBy: 'another' }))];
        const diff = diffOutages(before, target);
        const replayed = new Map(before.map((outage) => [outage.id, outage]));
        for (const outage of diff.opened) replayed.set(outage.id, outage);
        for (const [from, to] of [...diff.changed, ...diff.closed, ...diff.replaced]) {
          expect(replayed.get(from.id)).toBe(from);
          replayed.set(to.id, to);
        }
        expect([...replayed.values()].sort(byId)).toEqual(target.sort(byId));
      }),
    );
  });
});
