import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whyNoBroker } from '../../../scripts/kafka/kafka-jars.ts';
import { generateDemoNetwork } from '../src/demo/generate-network.ts';
import { writeNetworkBundle } from '../src/demo/write-network-bundle.ts';
import { readBundleSite } from '../src/simulation/read-bundle-site.ts';
import type { Drill } from './drill.ts';
import { DrillBroker } from './parts/drill-broker.ts';
import { DrillCluster } from './parts/drill-cluster.ts';
import { SmallDisk } from './parts/small-disk.ts';
import { type DrillResult, type PlayOptions, playDrill } from './play-drill.ts';

const run = promisify(execFile);

/** What came of all drills. */
export interface Outcome {
  readonly results: readonly DrillResult[];
  readonly skipped: readonly { readonly drill: string; readonly reason: string }[];
  /** What still runs though all has ended; nothing where all is well. */
  readonly left: readonly string[];
}

const NETWORK = { seed: 20_261_128, meters: 1_200 } as const;

/** Plays drills one after another, each with every seed, and leaves nothing behind but where a drill failed: then its logs. */
export async function playAll(
  drills: readonly Drill[],
  { seeds, at, isShort }: { readonly seeds: readonly number[]; readonly at: Date; readonly isShort: boolean },
  tell: (text: string) => void,
): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-drill-'));
  // The account that runs PostgreSQL for root must be able to pass.
  await chmod(folder, 0o755);
  const results: DrillResult[] = [];
  const skipped: { drill: string; reason: string }[] = [];
  const closers: (() => Promise<unknown>)[] = [
    () => rm(join(folder, 'data'), { recursive: true, force: true }),
  ];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const endAtOnce = () => {
    tell('stopping');
    void closeAll().finally(() =>
      rm(folder, { recursive: true, force: true }).finally(() => process.exit(130)),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endAtOnce);
  try {
    const bundleFolder = join(folder, 'network');
    await writeNetworkBundle(generateDemoNetwork(NETWORK), bundleFolder);
    const bundle = await readBundleSite(bundleFolder);
    if (!bundle.ok) throw new Error('the network of the drills cannot be read');
    const cluster = await DrillCluster.create(join(folder, 'data'), bundleFolder);
    closers.push(() => cluster.close());

    let broker: DrillBroker | null = null;
    for (const drill of drills) {
      const reason = await whySkipped(drill);
      if (reason !== null) {
        tell(`${drill.name}: skipped, ${reason}`);
        skipped.push({ drill: drill.name, reason });
        continue;
      }
      if (drill.carrier === 'kafka' && broker === null) {
        const started = await DrillBroker.start(tell);
        closers.push(() => started.close());
        broker = started;
      }
      for (const seed of seeds) {
        tell(`${drill.name}, --seed ${seed} --at ${at.toISOString()}: ${drill.fault}`);
        const options = { seed, at, isShort, folder, bundle: bundle.value, cluster, broker };
        const result =
          drill.hasSmallDisk === true
            ? await onSmallDisk(join(folder, `disk-${seed}`), bundleFolder, drill, options, closers)
            : await playDrill(drill, options);
        results.push(result);
        tellResult(result, tell);
      }
    }
  } finally {
    await closeAll();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, endAtOnce);
    if (results.every(({ breaches }) => breaches.length === 0))
      await rm(folder, { recursive: true, force: true });
    else tell(`The logs are in ${folder}`);
  }
  const left = await findLeftRunning(folder);
  for (const process of left) tell(`still running: ${process}`);
  return { results, skipped, left };
}

/** Processes that have a folder of these drills in their command line. */
async function findLeftRunning(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-ax', '-o', 'pid=,args=']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}

async function whySkipped(drill: Drill): Promise<string | null> {
  if (drill.carrier === 'kafka') {
    const reason = await whyNoBroker();
    if (reason !== null) return `no Kafka broker: ${reason}`;
  }
  return (await drill.whyNot?.()) ?? null;
}

async function onSmallDisk(
  mountPoint: string,
  bundleFolder: string,
  drill: Drill,
  options: Omit<PlayOptions, 'cluster'>,
  closers: (() => Promise<unknown>)[],
): Promise<DrillResult> {
  // Where the drills are cut off, these are closed with the rest.
  const disk = await SmallDisk.mount(mountPoint);
  closers.push(() => disk.unmount());
  try {
    const cluster = await DrillCluster.create(join(disk.folder, 'data'), bundleFolder, disk);
    closers.push(() => cluster.close());
    try {
      return await playDrill(drill, { ...options, cluster });
    } finally {
      await closers.pop()?.();
    }
  } finally {
    await closers.pop()?.();
  }
}

function tellResult(result: DrillResult, tell: (text: string) => void): void {
  for (const proof of result.proofs) tell(`  proof: ${proof}`);
  const { p99, longest } = result.answerMs;
  const recoveries = result.recoveriesMs.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(', ');
  tell(
    `  well after: ${recoveries === '' ? '-' : recoveries}; answers within ${p99.toFixed(0)} ms (p99), ${longest.toFixed(0)} ms at most; took ${result.tookSeconds.toFixed(1)} s`,
  );
  for (const breach of result.breaches) tell(`  BROKEN: ${breach}`);
}
