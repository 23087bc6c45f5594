import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomSite, type Site } from '@lastgasp/engine/simulate';
import { DEMO_SEED, type DemoNetworkOptions, generateDemoNetwork } from '../demo/generate-network.ts';
import { writeNetworkBundle } from '../demo/write-network-bundle.ts';
import type { EvaluationNetwork } from '../operations/evaluate-scenarios.ts';
import { protectLaterals } from '../simulation/protect-laterals.ts';
import { readBundleSite } from '../simulation/read-bundle-site.ts';
import { readStandardNetwork, type StandardNetwork } from '../simulation/standard-network.ts';
import { standardSite } from '../simulation/standard-site.ts';

/** Standard feeders, beside the clone of this repository and no part of it. */
export const STANDARD_FOLDER = resolve(import.meta.dirname, '../../../../../shared/networks');
const STANDARD_NAMES = ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'epri-ckt7'] as const;

/**
 * A standard feeder of `folder` as it is judged on: EPRI ckt7 as it is, those of IEEE, which are lines and loads only, with the
 * protection and the meters that `protectLaterals` gives them.
 */
export async function standardFeeder(name: string, folder: string): Promise<StandardNetwork> {
  const network = await readStandardNetwork(join(folder, `${name}.json`));
  return name.startsWith('ieee') ? protectLaterals(network) : network;
}

/** Meters of the network for storms that a district could not carry: 1,457 faults an hour open a tenth of its devices. */
const LARGE_METERS = 150_000;

/**
 * The networks that are evaluated on unless others are named: the demo's district, feeders made from each storm's seed, the
 * standard feeders where they are at hand, and a large network of the demo's kind. Each is made when it is first asked for.
 */
export async function evaluationNetworks(
  progress: (text: string) => void,
  standardFolder: string = STANDARD_FOLDER,
): Promise<readonly EvaluationNetwork[]> {
  const standard: EvaluationNetwork[] = [];
  for (const name of STANDARD_NAMES) {
    const path = join(standardFolder, `${name}.json`);
    const make = async (): Promise<Site> => standardSite(await standardFeeder(name, standardFolder));
    if (await isThere(path)) standard.push({ name, isLarge: false, siteFor: once(make) });
    else progress(`${name} is left out: there is no ${path}`);
  }
  const large = { seed: DEMO_SEED, meters: LARGE_METERS };
  return [
    { name: 'district', isLarge: false, siteFor: once(() => demoSite({ seed: DEMO_SEED })) },
    { name: 'random', isLarge: false, siteFor: randomSite },
    ...standard,
    { name: 'city', isLarge: true, siteFor: once(() => demoSite(large)) },
  ];
}

/** A network of the demo, read from its files as an import would. */
async function demoSite(options: DemoNetworkOptions): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-network-'));
  try {
    await writeNetworkBundle(generateDemoNetwork(options), folder);
    const bundle = await readBundleSite(folder);
    if (!bundle.ok) throw new Error(bundle.error.map(({ message }) => message).join('\n'));
    return bundle.value.site;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function once(make: () => Promise<Site>): () => Promise<Site> {
  let made: Promise<Site> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
