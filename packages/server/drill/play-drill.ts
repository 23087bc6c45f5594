import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, seededRandom } from '@lastgasp/engine';
import type { BundleSite } from '../src/simulation/read-bundle-site.ts';
import { readCanonicalState } from '../test/correlation-story.ts';
import {
  checkConservation,
  checkLifeCycle,
  checkMetrics,
  findLogFaults,
  findRemains,
  findStuckWork,
} from './check/invariants.ts';
import { buildInOrder, findDifference, rebuildFromRaw } from './check/rebuild.ts';
import { Sampler } from './check/sampler.ts';
import type { Drill } from './drill.ts';
import { AckLog } from './load/ack-log.ts';
import { HttpCarrier } from './load/http-carrier.ts';
import { KafkaCarrier } from './load/kafka-carrier.ts';
import { LoadPlayer } from './load/load-player.ts';
import { makeLoad } from './load/make-load.ts';
import type { DrillBroker } from './parts/drill-broker.ts';
import type { DrillCluster } from './parts/drill-cluster.ts';
import { Stage } from './stage.ts';

export interface PlayOptions {
  readonly seed: number;
  /** When the load is made for; the same again gives the same load. */
  readonly at: Date;
  readonly isShort: boolean;
  readonly folder: string;
  readonly bundle: BundleSite;
  readonly cluster: DrillCluster;
  readonly broker: DrillBroker | null;
}

/** What came of a drill with one seed. */
export interface DrillResult {
  readonly drill: string;
  readonly seed: number;
  /** Everything that must not be; empty where all held. */
  readonly breaches: readonly string[];
  /** How it was seen that the fault happened. */
  readonly proofs: readonly string[];
  /** Milliseconds from each end of a fault to all being well. */
  readonly recoveriesMs: readonly number[];
  readonly events: number;
  readonly deliveries: number;
  /** Deliveries that were sent again: told to, and for want of an answer. */
  readonly putOff: number;
  readonly unanswered: number;
  readonly samples: number;
  readonly mostCustomersOut: number;
  /** Milliseconds that one answer in a hundred took longer than, and the longest. */
  readonly answerMs: { readonly p99: number; readonly longest: number };
  readonly tookSeconds: number;
}

const RATE_PER_SECOND = 250;
/** I10: after this time nothing of the work is left. */
const WORK_DONE_WITHIN_MS = 10_000;
const REMAINS_GONE_WITHIN_MS = 5_000;
const MICROSECONDS = 1_000;

/** Plays one drill with one seed and looks at everything that must hold; what goes wrong is in the result. */
export async function playDrill(drill: Drill, options: PlayOptions): Promise<DrillResult> {
  const begunAt = performance.now();
  const { seed, cluster } = options;
  const folder = join(options.folder, `${drill.name}-${seed}`);
  await mkdir(folder, { recursive: true });
  const database = await cluster.createDatabase(`drill_${drill.name.replaceAll('-', '_')}_${seed}`);
  const isByKafka = drill.carrier === 'kafka';
  const kafka = isByKafka && options.broker !== null ? await KafkaCarrier.open(options.broker.address) : null;
  const stage = new Stage({
    seed,
    isShort: options.isShort,
    random: seededRandom(seed),
    folder,
    cluster,
    database,
    broker: options.broker,
    roles: drill.roles,
    environment: { ...kafka?.environment, ...drill.environment },
  });
  const http = new HttpCarrier(() => stage.running, drill.sendsToAll === true);
  const acks = new AckLog(join(folder, 'acknowledged'));
  stage.load = makeLoad(options.bundle, seed, (options.at.getTime() * MICROSECONDS) as Instant, drill.load);
  stage.http = http;
  stage.kafka = kafka;
  stage.player = new LoadPlayer({
    load: stage.load,
    carrier: kafka ?? http,
    acks,
    ratePerSecond: drill.ratePerSecond ?? RATE_PER_SECOND,
  });
  const sampler = new Sampler(database.pool);
  try {
    for (let n = 0; n < (drill.processes ?? 1); n++) await stage.startInstance();
    stage.player.start();
    await drill.play(stage);
    await stage.player.finish();
    await checkAll(stage, options, acks, sampler);
  } catch (error) {
    stage.breach(`the drill could not be played: ${(error as Error).stack ?? error}`);
  } finally {
    await http.close();
    await stage.player.stop();
    await sampler.stop();
    await stopAll(stage);
    await kafka?.close();
    acks.close();
    await database.drop();
  }
  if (stage.proofs.length === 0) stage.breach('nothing proves that the fault happened');
  return {
    drill: drill.name,
    seed,
    breaches: [...new Set(stage.breaches)],
    proofs: stage.proofs,
    recoveriesMs: stage.recoveriesMs,
    events: stage.load.messages.reduce((sum, { keys }) => sum + keys.length, 0),
    deliveries: stage.load.deliveries.length,
    putOff: stage.player.putOff,
    unanswered: stage.player.unanswered,
    samples: sampler.samples,
    mostCustomersOut: sampler.mostOut,
    answerMs: spreadOf(http.tookMs),
    tookSeconds: (performance.now() - begunAt) / 1000,
  };
}

async function checkAll(stage: Stage, options: PlayOptions, acks: AckLog, sampler: Sampler): Promise<void> {
  const { database, player, load, kafka } = stage;
  if (kafka !== null) {
    const { put } = kafka;
    await stage.until(
      'everything on the topics is read',
      async () => (await kafka.countRead(database.pool)) >= put,
    );
  }
  stage.breaches.push(
    ...(await findLast(() => findStuckWork(database.pool, stage.running), WORK_DONE_WITHIN_MS)),
  );
  stage.breaches.push(...new Set(player.faults.slice(0, 5)));
  const acknowledged = acks.read();
  stage.breaches.push(...(await checkConservation(database.pool, { load, acknowledged })));
  if (kafka === null && !stage.hasLostCounts) {
    const isExact = player.unanswered === 0 && player.putOff === 0;
    stage.breaches.push(...(await checkMetrics(stage.running, player.counted, isExact)));
  }
  stage.breaches.push(...(await checkLifeCycle(database.pool)));
  await sampler.stop();
  stage.breaches.push(...sampler.breaches.slice(0, 5));
  if (sampler.samples === 0) stage.breach('I6 was never looked at');

  const live = await readCanonicalState(database.pool);
  const inOrder = findDifference(
    live,
    await buildInOrder(options.cluster, load, `${database.name}_in_order`),
  );
  if (inOrder !== null) stage.breach(`I4 the state is not that of the load in order: ${inOrder}`);
  const replayed = findDifference(
    live,
    await rebuildFromRaw(options.cluster, database.pool, `${database.name}_replayed`),
  );
  if (replayed !== null) stage.breach(`I5 the state is not that of its raw events: ${replayed}`);
}

function spreadOf(tookMs: readonly number[]): DrillResult['answerMs'] {
  const sorted = tookMs.toSorted((a, b) => a - b);
  return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, longest: sorted.at(-1) ?? 0 };
}

async function stopAll(stage: Stage): Promise<void> {
  for (const instance of stage.instances) {
    if (instance.isAlive) {
      const how = await instance.stop();
      if (how !== '0') stage.breach(`${instance.name} was asked to end and ended with ${how}`);
    }
    const isExpected = (line: string) => stage.expectedLogLines.some((expected) => expected.test(line));
    stage.breaches.push(...findLogFaults(instance.log(), isExpected).slice(0, 3));
  }
  const remains = await findLast(() => findRemains(stage.database.pool), REMAINS_GONE_WITHIN_MS).catch(
    (error: Error) => [`I10 the database cannot be asked what is left: ${error.message}`],
  );
  stage.breaches.push(...remains);
}

/** What is still found at the end of `withinMs`; nothing as soon as nothing is found. */
async function findLast(
  find: () => Promise<readonly string[]>,
  withinMs: number,
): Promise<readonly string[]> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found.length === 0 || performance.now() > giveUpAt) return found;
    await sleep(50);
  }
}
