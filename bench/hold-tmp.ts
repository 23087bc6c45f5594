import { writeFileSync } from 'node:fs';
import { openBenchDatabase } from './bench-database.ts';

const src = await import('node:fs').then((fs) =>
  fs.readFileSync(new URL('./load-network.ts', import.meta.url), 'utf8'),
);
void src;
const { fillRegistry } = await import('./fill-tmp.ts');
const database = await openBenchDatabase();
await fillRegistry(database.pool, 2_000_000, 200_000);
writeFileSync('/tmp/netbench/url', database.url);
console.log('ready');
process.on('SIGTERM', () => void database.drop().then(() => process.exit(0)));
setInterval(() => undefined, 1e6);
