import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@lastgasp/engine';
import type { PosteriorAnswer, PosteriorSnapshot, SnapshotDevice } from '@lastgasp/model';
import { describe, expect, test } from 'vitest';
import { inferSnapshot } from './infer-snapshot.ts';

function infer(snapshot: PosteriorSnapshot): PosteriorAnswer {
  const answer = inferSnapshot(snapshot);
  if (!answer.ok) throw new Error(answer.error.join('\n'));
  return answer.value;
}

/** A gasp below one transformer, voltage gone below the other, a breaker said to be closed; M3 hangs before it. */
const FEEDER: PosteriorSnapshot = {
  devices: [
    { id: 'T1', parent: 'CB', prior: 0.02 },
    { id: 'CB', parent: null, prior: 0.01, switchEvidence: { open: Math.log(0.1), closed: Math.log(0.9) } },
    { id: 'T2', parent: 'CB', prior: 0.02, voltageEvidence: { energized: Math.log(0.2), deenergized: 0 } },
  ],
  meters: [
    {
      id: 'M1',
      parent: 'T1',
      prior: 0,
      customers: 5,
      evidence: { energized: Math.log(0.01), deenergized: 0 },
    },
    { id: 'M2', parent: 'T2', prior: 0 },
    { id: 'M3', parent: null, prior: 0.25, customers: 2 },
  ],
};

test('a snapshot is answered in its own order, whatever the order of its devices', () => {
  // By hand: weights of CB open, and of the four states of T1 and T2 with CB closed.
  const weight = {
    cb: 0.01 * 0.1,
    t1t2: 0.99 * 0.9 * 0.02 * 0.02,
    t1: 0.99 * 0.9 * 0.02 * 0.98 * 0.2,
    t2: 0.99 * 0.9 * 0.98 * 0.02 * 0.01,
    none: 0.99 * 0.9 * 0.98 * 0.98 * 0.2 * 0.01,
  };
  const all = weight.cb + weight.t1t2 + weight.t1 + weight.t2 + weight.none;
  const cb = weight.cb / all;
  const t1 = (weight.t1t2 + weight.t1) / all;
  const t2 = (weight.t1t2 + weight.t2) / all;

  const answer = infer(FEEDER);
  expect(answer.logEvidence).toBeCloseTo(Math.log(all), 9);
  expect(answer.devices.map(({ id }) => id)).toEqual(['T1', 'CB', 'T2']);
  expect(answer.devices.map((device) => device.pInterrupting)).toEqual(
    [t1, cb, t2].map((p) => expect.closeTo(p, 9)),
  );
  expect(answer.devices.map((device) => device.pOpen)).toEqual(
    [t1 + cb * 0.02, cb, t2 + cb * 0.02].map((p) => expect.closeTo(p, 9)),
  );
  expect(answer.devices.map((device) => device.pDeenergized)).toEqual(
    [t1 + cb, cb, t2 + cb].map((p) => expect.closeTo(p, 9)),
  );
  expect(answer.meters).toEqual([
    { id: 'M1', pDeenergized: expect.closeTo(t1 + cb, 9) },
    { id: 'M2', pDeenergized: expect.closeTo(t2 + cb, 9) },
    { id: 'M3', pDeenergized: expect.closeTo(0.25, 9) },
  ]);
  expect(answer.expectedCustomersOut).toBeCloseTo(5 * (t1 + cb) + (t2 + cb) + 2 * 0.25, 9);
  expect(answer.expectedCustomersOutInterval).toEqual([0, 7]);
  expect(answer.mostProbable).toEqual(['T1']);

  const { devices, meters } = FEEDER;
  const turned = infer({ devices: devices.toReversed(), meters: meters.toReversed() });
  expect(turned.devices).toEqual(answer.devices.toReversed().map((device) => closeTo(device)));
  expect(turned.mostProbable).toEqual(answer.mostProbable);
});

test('what cannot be is a likelihood too', () => {
  const [t1, cb, t2] = FEEDER.devices as [SnapshotDevice, SnapshotDevice, SnapshotDevice];
  const { devices, mostProbable } = infer({
    ...FEEDER,
    devices: [t1, cb, { ...t2, voltageEvidence: { energized: '-Infinity', deenergized: 0 } }],
  });
  expect(devices[2]?.pDeenergized).toBe(1);
  // M1 gasped as well: the breaker explains both.
  expect(mostProbable).toEqual(['CB']);
});

test('evidence that no state explains is an error that names the place', () => {
  const snapshot: PosteriorSnapshot = {
    devices: [
      { id: 'CB', parent: null, prior: 0.1 },
      { id: 'T1', parent: 'CB', prior: 0.1 },
    ],
    meters: [
      { id: 'M1', parent: 'T1', prior: 0, evidence: { energized: 0, deenergized: '-Infinity' } },
      { id: 'M2', parent: 'T1', prior: 0, evidence: { energized: '-Infinity', deenergized: 0 } },
      { id: 'M3', parent: null, prior: 0, evidence: { energized: '-Infinity', deenergized: 0 } },
    ],
  };
  expect(inferSnapshot(snapshot)).toEqual({
    ok: false,
    error: [
      'meters[2]: no state of meter "M3" and its supply explains what was observed there',
      'devices[1]: no combination of open and closed explains what was observed at "T1" and below it',
    ],
  });
});

function closeTo<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      typeof held === 'number' ? expect.closeTo(held, 9) : held,
    ]),
  ) as T;
}

interface StandardNetwork {
  readonly devices: readonly {
    readonly id: string;
    readonly parent: string | null;
    readonly normallyOpen: boolean;
  }[];
  readonly meters: readonly {
    readonly id: string;
    readonly parent: string | null;
    readonly customers: number;
  }[];
}

/** By device that is removed: the meters that lose supply, traced per phase. The list is left out where they are very many. */
type Truth = Readonly<Record<string, { readonly metersOut: number; readonly ids?: readonly string[] }>>;

const NETWORKS = join(import.meta.dirname, '../../../../../shared/networks');
const areThere = existsSync(NETWORKS);
const why = areThere
  ? ''
  : ' (skipped: the standard networks are not on this machine, ../shared/networks beside the project)';

describe.skipIf(!areThere)(`on standard feeders${why}`, () => {
  // Devices that the truth takes off one phase only are left out: the snapshot has one parent for each device.
  test.for([
    ['ieee13', 3, 0],
    ['ieee34', 2, 0],
    ['ieee37', 1, 0],
    ['ieee123', 7, 5],
    ['epri-ckt7', 138, 0],
  ] as const)(
    '%s: each of %d devices whose meters all gasp is found, and its class alone',
    ([name, found, byPhase]) => {
      const read = <T>(file: string) => JSON.parse(readFileSync(join(NETWORKS, file), 'utf8')) as T;
      const network = read<StandardNetwork>(`${name}.json`);
      const { truth } = read<{ truth: Truth }>(`${name}.truth.json`);
      const parentOf = new Map(network.devices.map(({ id, parent }) => [id, parent]));
      const metersBelow = new Map<string, string[]>(network.devices.map(({ id }) => [id, []]));
      for (const meter of network.meters) {
        for (let at = meter.parent; at !== null; at = parentOf.get(at) as string | null) {
          metersBelow.get(at)?.push(meter.id);
        }
      }

      const random = seededRandom(13);
      let [tried, otherwise] = [0, 0];
      for (const [removed, { metersOut, ids = metersBelow.get(removed) ?? [] }] of Object.entries(truth)) {
        if (metersOut === 0) continue;
        const below = metersBelow.get(removed) ?? [];
        const isSame =
          ids.length === metersOut && below.length === ids.length && below.every((id) => ids.includes(id));
        if (!isSame) {
          otherwise++;
          continue;
        }
        tried++;
        const out = new Set(ids);
        const gasp = { energized: Math.log(1e-5), deenergized: Math.log(0.8) };
        const read = { energized: Math.log(0.9), deenergized: Math.log(1e-5) };
        const { mostProbable, devices, expectedCustomersOut } = infer({
          devices: network.devices
            .map(({ id, parent }) => ({ id, parent, prior: 1e-4 }))
            .sort(() => random() - 0.5),
          meters: network.meters.map((meter) => ({
            ...meter,
            prior: 1e-6,
            evidence: out.has(meter.id) ? gasp : read,
          })),
        });
        const key = below.join();
        const isEquivalent = (id: string) => metersBelow.get(id)?.join() === key;
        expect(mostProbable).toHaveLength(1);
        expect(mostProbable.every(isEquivalent), `${removed}: ${mostProbable}`).toBe(true);
        const confidence = devices
          .filter(({ id }) => isEquivalent(id))
          .reduce((sum, { pInterrupting }) => sum + pInterrupting, 0);
        // Where one meter is all there is, a false gasp is a tenth as probable as the open device.
        expect(confidence).toBeGreaterThan(0.9);
        expect(Math.abs(expectedCustomersOut / metersOut - 1)).toBeLessThan(0.1);
      }
      expect([tried, otherwise]).toEqual([found, byPhase]);
    },
  );
});
