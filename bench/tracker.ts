// How the tracker does in a great storm: 4,000 faults within five minutes over a network of one or two million meters, whose meters
// gasp by the hundred thousand, played in real time. Beside it the limit: what it cannot do in a second waits for the next one.
// `node bench/tracker.ts [--meters 2000000] [--seconds 300] [--json]`.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { defaultPolicy, OutageTracker } from '../packages/engine/src/index.ts';
import { formatSpread, type Spread, spreadOf } from './spread.ts';
import { type Gasp, StormMaker } from './storm-gasps.ts';
import { makeStormSite } from './storm-site.ts';

const SEED = 20261124;
const FAULTS = 4_000;
/** The tracker looks ten times a second where nothing keeps it. */
const LOOK_SECONDS = 0.1;
const BEGIN = Date.UTC(2026, 10, 24, 10) / 1_000;

const { values: options } = parseArgs({
  options: {
    meters: { type: 'string', default: '2000000' },
    seconds: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = Number(options.meters);
const seconds = Number(options.seconds);

const RUNS = 3;
const megabytes = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
};

/** Milliseconds that something takes, `RUNS` times. */
function timed<T>(make: () => T): { readonly made: T; readonly spread: Spread } {
  const times: number[] = [];
  let made: T | undefined;
  for (let run = 0; run < RUNS; run++) {
    const from = performance.now();
    made = make();
    times.push(performance.now() - from);
  }
  return { made: made as T, spread: spreadOf(times) };
}

const before = megabytes();
const { made: site, spread: network } = timed(() => makeStormSite(wanted));
const siteMegabytes = megabytes() - before;
const { made: tracker, spread: rebuild } = timed(() => new OutageTracker(site, defaultPolicy.tracking));
const storm = new StormMaker(site.network, SEED)
  .faults(FAULTS, 300)
  .map((gasp): Gasp => ({ ...gasp, at: BEGIN + gasp.at, receivedAt: BEGIN + gasp.receivedAt }));
process.stderr.write(`${storm.length} gasps of ${site.network.meterCount} meters in 300 s\n`);

/** The storm as it would go in real time: what came while the tracker was busy waits for its next look. */
const waits: number[] = [];
const looks: number[] = [];
let takenMs = 0;
let busyMs = 0;
let next = 0;
let told = 0;
let at = BEGIN;
while (at < BEGIN + seconds) {
  const from = performance.now();
  const first = next;
  for (let gasp = storm[next]; gasp !== undefined && gasp.receivedAt <= at; gasp = storm[++next])
    tracker.take({
      kind: 'power_off',
      eventAt: Math.round(gasp.at * 1e6),
      source: { type: 'kaifa' },
      meterKey: gasp.meterKey,
      deviceKey: null,
    });
  takenMs += performance.now() - from;
  tracker.judge(Math.round(at * 1e6));
  const ms = performance.now() - from;
  busyMs += ms;
  looks.push(ms);
  const done = at + ms / 1_000;
  for (let i = first; i < next; i++) waits.push(done - (storm[i] as Gasp).receivedAt);
  at = Math.max(done, at + LOOK_SECONDS);
  if (at - told > 15) {
    told = at;
    process.stderr.write(`second ${Math.round(at - BEGIN)}: last look ${ms.toFixed(0)} ms\n`);
  }
}
waits.sort((a, b) => a - b);
const share = (part: number): number => waits[Math.round(part * (waits.length - 1))] as number;
const open = tracker.zones().reduce((sum, { outages }) => sum + outages.open.length, 0);
const result = {
  seed: SEED,
  meters: site.network.meterCount,
  networkMs: network,
  networkMegabytes: siteMegabytes,
  rebuildMs: rebuild,
  gaspsPerSecond: waits.length / seconds,
  takenPerSecond: waits.length / (takenMs / 1_000),
  busyShare: busyMs / 1_000 / (at - BEGIN),
  lookMs: spreadOf(looks),
  waitSeconds: { p50: share(0.5), p99: share(0.99) },
  openOutages: open,
  megabytes: megabytes(),
};
if (options.json) console.log(JSON.stringify(result));
else {
  console.log(`meters                     ${result.meters}`);
  console.log(`network, ms                ${formatSpread(network, 1, 0)}, ${siteMegabytes.toFixed(0)} MB`);
  console.log(`tracker, ms                ${formatSpread(rebuild, 1, 0)}`);
  console.log(`gasps/s of the storm       ${result.gaspsPerSecond.toFixed(0)}`);
  console.log(`gasps/s taken, unjudged    ${result.takenPerSecond.toFixed(0)}`);
  console.log(`share of the time busy     ${(100 * result.busyShare).toFixed(0)} % (100 % is the limit)`);
  console.log(`one look, ms               ${formatSpread(result.lookMs, 1, 0)}`);
  console.log(`gasp to judged, s          p50 ${share(0.5).toFixed(2)}, p99 ${share(0.99).toFixed(2)}`);
  console.log(`open outages at the end    ${open}`);
  console.log(`memory at the end, MB      ${result.megabytes.toFixed(0)}`);
}
