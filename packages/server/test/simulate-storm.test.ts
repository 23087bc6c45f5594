import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ALL_PHASES,
  adjusted,
  type EvidenceRecord,
  findScenario,
  ordinaryBehaviour,
  type Scenario,
  type SimulatedMessage,
  stormPlan,
} from '@lastgasp/engine/simulate';
import { EVIDENCE_KINDS, type Provider } from '@lastgasp/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateDemoNetwork } from '../src/demo/generate-network.ts';
import { writeNetworkBundle } from '../src/demo/write-network-bundle.ts';
import { readMessage } from '../src/ingest/providers/read-message.ts';
import { readRecordedEvent } from '../src/ingest/reading/recorded-event.ts';
import { storeBatch } from '../src/ingest/store-batch.ts';
import { importNetwork } from '../src/operations/import-network.ts';
import { type Recording, readRecording } from '../src/operations/read-recording.ts';
import { type RecordedStorm, simulateRecording } from '../src/operations/simulate-storm.ts';
import { type BundleSite, readBundleSite } from '../src/simulation/read-bundle-site.ts';
import type { ArrivedEvent } from '../src/store/queries/ingest/insert-events.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');
const WITHOUT_DEVICES = join(import.meta.dirname, '../../../fixtures/networks/without-devices');
const run = promisify(execFile);

let folder = '';
let network = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgasp-simulate-'));
  network = join(folder, 'network');
  const size = { meters: 600, feeders: 3, substations: 2, distributionPoints: 30 };
  await writeNetworkBundle(generateDemoNetwork({ seed: 5, ...size }), network);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function bundleOf(path: string): Promise<BundleSite> {
  const read = await readBundleSite(path);
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join('\n'));
  return read.value;
}

function storm(bundle: BundleSite, scenario: Scenario, seed: number): RecordedStorm {
  const recorded = simulateRecording(bundle, scenario, seed);
  if (recorded === null) throw new Error(`no place for ${scenario.name}`);
  return recorded;
}

/** Everything that can happen to a message, and often enough to happen here. */
const EVERYTHING: Scenario = {
  ...(findScenario('storm-day') as Scenario),
  behaviour: adjusted(ordinaryBehaviour, {
    meters: {
      falseGaspsPerMeterHour: 0.05,
      deadClockShare: 0.1,
      clockSkewSeconds: 90,
      lateCellShare: 0.1,
      lateMinutes: [5, 20],
      unknownMeterShare: 0.1,
    },
    calls: { eventualShare: 0.5, wrongNumberShare: 0.2, hazardShare: 0.1, strayPerMeterHour: 0.02 },
    transport: { copies: 2, repeatedShare: 0.2, brokenShare: 0.1, reorderShare: 0.3, reorderMinutes: 10 },
  }),
};

/** The power transformer of the first substation fails, and is replaced within half an hour. */
const WHOLE_SUBSTATION: Scenario = {
  ...EVERYTHING,
  plan: ({ site, lasting }) => {
    const device = site.network.devices.findIndex(({ code }) => code.endsWith('-T1'));
    const target = { kind: 'device', device } as const;
    const openings = [lasting(5, 35)];
    return stormPlan({ faults: [{ target, phases: ALL_PHASES, cause: 'test', location: -1, openings }] });
  },
};

/** Scenarios on the district that are played through the database, with their seeds. */
const COMPARED = [
  ['everything at once on a district', EVERYTHING, 3],
  ['one phase of three', findScenario('one-phase') as Scenario, 1],
  ['an ordinary storm', findScenario('ordinary') as Scenario, 1],
  ['a whole substation', WHOLE_SUBSTATION, 1],
  ['telemetry that lies', findScenario('lying-telemetry') as Scenario, 2],
  ['readings against gasps', findScenario('contradicting-reads') as Scenario, 2],
  ['terminals with batteries', findScenario('onu-battery-fibre-cut') as Scenario, 2],
] as const;

describe('the messages of a storm', () => {
  it('are all understood by the readers, each event of them, but for those that are cut off', async () => {
    const { storm: played, lines } = storm(await bundleOf(network), EVERYTHING, 1);
    let events = 0;
    let broken = 0;
    for (const line of lines()) {
      const record = readRecordedEvent(line);
      if (!record.ok) throw new Error(record.error.reason);
      const message = readMessage(record.value.provider, record.value.body);
      if (message.rejected.length > 0) broken++;
      events += message.events.length;
    }
    const [whole, cut] = [false, true].map((isBroken) =>
      played.messages.filter((message) => message.isBroken === isBroken),
    ) as [SimulatedMessage[], SimulatedMessage[]];
    expect(cut.length).toBeGreaterThan(0);
    expect(broken).toBe(cut.length);
    const sent = whole.map((message) => (message.source === 'kaifa' ? message.events.length : 1));
    expect(events).toBe(sent.reduce((sum, count) => sum + count, 0));
    expect(new Set(played.messages.map(({ source }) => source)).size).toBe(4);
  });

  it('say everything that evidence can say, over the scenarios that are compared below', async () => {
    const bundle = await bundleOf(network);
    const kinds = COMPARED.flatMap(([, scenario, seed]) =>
      storm(bundle, scenario, seed).storm.evidence.map(({ kind }) => kind),
    );
    // No ping is sent, and no ticket changes its mind.
    const others = ['not_heard', 'call_withdrawn'];
    expect(new Set(kinds)).toEqual(new Set(EVIDENCE_KINDS.filter((kind) => !others.includes(kind))));
  });

  it.for(COMPARED)(
    'leave exactly the evidence that the simulator scores by: %s',
    async ([, scenario, seed]) => {
      await expectSameEvidence(network, scenario, seed);
    },
  );

  it('leave it too where the bundle has no devices, and none of the meters an asset', async () => {
    const ordinary = {
      ...EVERYTHING,
      behaviour: adjusted(EVERYTHING.behaviour, { calls: { eventualShare: 1 } }),
    };
    await expectSameEvidence(WITHOUT_DEVICES, ordinary, 4);
  });
});

/** One piece of evidence in words that do not depend on who gave the keys. */
type EvidenceText = string;

/** Takes a recording in as the gateways would; nobody correlates. */
async function storeRecording({ pool }: TestDatabase, { lines }: Recording): Promise<void> {
  const batches = new Map<Provider, ArrivedEvent[]>();
  for (const { text } of lines) {
    const record = readRecordedEvent(text);
    if (!record.ok) throw new Error(record.error.reason);
    const { provider, body, receivedAt } = record.value;
    const batch = batches.get(provider) ?? [];
    batches.set(provider, batch);
    // What is cut off has no events; the gateway sets it aside.
    for (const json of readMessage(provider, body).events) batch.push({ json, receivedAt });
  }
  for (const [provider, batch] of batches) {
    for (let from = 0; from < batch.length; from += 1_000)
      for (const { ok } of await storeBatch(pool, provider, batch.slice(from, from + 1_000)))
        expect(ok).toBe(true);
  }
}

async function expectSameEvidence(path: string, scenario: Scenario, seed: number): Promise<void> {
  const bundle = await bundleOf(path);
  const recorded = storm(bundle, scenario, seed);
  expect(recorded.storm.evidence.length).toBeGreaterThan(0);
  const database = await createTestDatabase();
  try {
    await importNetwork(database, path);
    await storeRecording(database, await readRecording(recorded.lines(), null));
    const { rows } = await database.pool.query<{ text: EvidenceText }>(
      `select concat_ws(' ', e.kind, e.source_type, coalesce(m.meter_number, d.device_id),
         (extract(epoch from e.event_at) * 1000)::bigint, (extract(epoch from e.received_at) * 1000)::bigint) as text
       from oms_evidence e
       left join oms_meters m on m.id = e.meter_id
       left join network_devices d on d.id = e.device_id`,
    );
    const stored = rows.map(({ text }) => text).toSorted();
    expect(stored).toEqual(recorded.storm.evidence.map((record) => evidenceText(bundle, record)).toSorted());
  } finally {
    await database.drop();
  }
}

function evidenceText({ site }: BundleSite, record: EvidenceRecord): EvidenceText {
  const { kind, source, meterKey, deviceKey, eventAt, receivedAt } = record;
  const about =
    meterKey === null
      ? site.network.devices.find(({ key }) => key === deviceKey)?.code
      : site.meters.number[site.network.meterKey.indexOf(meterKey)];
  return [kind, source.type, about, eventAt / 1_000, receivedAt / 1_000].join(' ');
}

describe('lastgasp simulate', () => {
  const simulate = async (...args: readonly string[]) => {
    const { stdout } = await run('node', [LAUNCHER, 'simulate', '--network', network, ...args]);
    return stdout;
  };

  it('writes the same bytes for the same arguments, and others for another seed', async () => {
    const texts = async (name: string, seed: string) => {
      const out = join(folder, name);
      await simulate('--scenario', 'three-at-once', '--seed', seed, '--out', out);
      return [
        await readFile(join(out, 'events.ndjson'), 'utf8'),
        await readFile(join(out, 'truth.json'), 'utf8'),
      ];
    };
    const first = await texts('a', '7');
    expect(await texts('b', '7')).toEqual(first);
    expect(await texts('c', '8')).not.toEqual(first);
  });

  it('takes the number of faults, the start and what disturbs the messages from its options', async () => {
    const out = join(folder, 'options');
    const summary = await simulate(
      ...['--faults', '4', '--start', '2026-06-01T12:00:00+03:00', '--minutes', '30', '--delivery', '1'],
      ...['--dead-cells', '0', '--duplicates', '2', '--json', '--out', out],
    );
    expect(JSON.parse(summary)).toMatchObject({
      scenario: 'ordinary',
      seed: 1,
      startedAt: '2026-06-01T09:00:00Z',
      endedAt: '2026-06-01T09:30:00Z',
      faults: 4,
    });
    const truth = JSON.parse(await readFile(join(out, 'truth.json'), 'utf8')) as { faults: unknown[] };
    expect(truth.faults).toHaveLength(4);
    const lines = (await readFile(join(out, 'events.ndjson'), 'utf8')).trim().split('\n');
    const bodies = lines.map((line) => JSON.stringify((JSON.parse(line) as { body: unknown }).body));
    // Two copies of each, and now and then a repeat more, or one that is cut off.
    expect(new Set(bodies).size / bodies.length).toBeCloseTo(1 / 2, 1);
  });

  it('says which scenarios there are where the name is none of them, and ends with 2', async () => {
    const attempt = simulate('--scenario', 'single-0.81', '--out', join(folder, 'none'));
    await expect(attempt).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('single-0.8,') });
    await expect(simulate('--delivery', '1.2', '--out', join(folder, 'none'))).rejects.toMatchObject({
      code: 2,
    });
  });
});

describe('lastgasp evaluate', () => {
  it('prints every estimator in every scenario asked for, the same at every run', async () => {
    const evaluate = async () => {
      const args = ['--scenario', 'single-0.8', '--scenario', 'momentary', '--runs', '2', '--json'];
      const { stdout } = await run('node', [LAUNCHER, 'evaluate', '--bundle', network, ...args]);
      return stdout;
    };
    const first = await evaluate();
    const { scenarios, estimators } = JSON.parse(first) as {
      scenarios: { scenario: string; scores: Record<string, { runs: number; exact: number | null }> }[];
      estimators: { name: string }[];
    };
    expect(scenarios.map(({ scenario }) => scenario)).toEqual(['single-0.8', 'momentary']);
    for (const { scores } of scenarios) {
      expect(Object.keys(scores)).toEqual(estimators.map(({ name }) => name));
      for (const score of Object.values(scores)) expect(score.runs).toBe(2);
    }
    expect(await evaluate()).toBe(first);
  });
});
