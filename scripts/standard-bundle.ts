// node scripts/standard-bundle.ts <file.json> <folder>: writes a standard feeder (IEEE, EPRI) as a network bundle, the feeders of IEEE with the
// protection and meters that docs/simulate.md tells of.
import { basename, dirname } from 'node:path';
import { writeNetworkBundle } from '../packages/server/src/demo/write-network-bundle.ts';
import { standardFeeder } from '../packages/server/src/evaluation/evaluation-networks.ts';
import { standardBundle } from '../packages/server/src/evaluation/standard-bundle.ts';

const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined) {
  process.stderr.write('node scripts/standard-bundle.ts <file.json> <folder>\n');
  process.exit(2);
}
const network = await standardFeeder(basename(file, '.json'), dirname(file));
await writeNetworkBundle(standardBundle(network), folder);
process.stdout.write(`${network.devices.length} devices, ${network.meters.length} meters: ${folder}\n`);
