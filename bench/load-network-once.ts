// One load of the network, or one bare COPY of its rows, for bench/load-network.ts: `node load-network-once.ts <url> load|copy`.
import { performance } from 'node:perf_hooks';
import { buildZones, defaultPolicy, OutageTracker } from '../packages/engine/src/index.ts';
import { createPool } from '../packages/server/src/store/pool.ts';
import {
  loadTrackingSite,
  METER_COLUMNS,
  METER_QUERY,
} from '../packages/server/src/store/queries/correlate/load-network.ts';
import { readCopyRows } from '../packages/server/src/store/queries/correlate/read-copy-rows.ts';

const [url = '', what] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const pool = createPool(url, { applicationName: 'lastgasp bench', max: 1, statementTimeoutMs: 0 });
const client = await pool.connect();
await client.query('select 1');
collect();
const residentAtStart = process.memoryUsage().rss;
const megabytes = (bytes: number): number => (bytes - residentAtStart) / 1e6;

const from = performance.now();
const peakMegabytes = (): number => megabytes(process.resourceUsage().maxRSS * 1024);
if (what === 'copy') {
  let rows = 0;
  await readCopyRows(client, METER_QUERY, METER_COLUMNS, () => rows++);
  const copyMs = performance.now() - from;
  console.log(JSON.stringify({ copyMs, copyPeakMegabytes: peakMegabytes() }));
} else {
  const cpu = process.cpuUsage();
  const site = await loadTrackingSite(client);
  const siteMs = performance.now() - from;
  const tracker = new OutageTracker(site, defaultPolicy.tracking);
  const totalMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  const peak = peakMegabytes();
  collect();
  const keptMegabytes = megabytes(process.memoryUsage().rss);
  // What the first word of each zone makes.
  const zones = buildZones(site, defaultPolicy.tracking);
  const zonesFrom = performance.now();
  const nodes = zones.reduce((sum, zone) => sum + zone.nodes.length, 0);
  const zonesMs = performance.now() - zonesFrom;
  collect();
  console.log(
    JSON.stringify({
      siteMs,
      trackerMs: totalMs - siteMs,
      totalMs,
      processorMs: (user + system) / 1_000,
      keptMegabytes,
      peakMegabytes: peak,
      zonesMs,
      zonesMegabytes: megabytes(process.memoryUsage().rss),
      nodes,
      zones: zones.length,
      meters: site.network.meterCount,
      devices: site.network.deviceCount,
      pending: tracker.zones().length,
    }),
  );
}
client.release(true);
await pool.end();
