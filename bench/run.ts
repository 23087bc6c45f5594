// Every benchmark, one after the other: `npm run bench`. Each prints its own table; results of a machine are kept in bench/results.md.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = [
  'parse-messages',
  'posterior',
  'tracker',
  'load-network',
  'ingest',
  'feeder-trip',
  'visible-latency',
  'correlate-steps',
  'storm',
];

for (const name of BENCHMARKS) {
  process.stdout.write(`\n${name}\n`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
