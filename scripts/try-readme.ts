// npm run try:readme does what the README's first lines promise to somebody new: clones the last commit into a
// temporary folder, runs "npm ci && npm start" there as a terminal would, waits for an outage in the HTTP API,
// presses Ctrl+C, and looks whether everything has ended. Then once more: a second start resumes.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const REPOSITORY = resolve(import.meta.dirname, '..');

/** The README's commands; its text is looked through for them, so that the two cannot part. */
const COMMANDS = ['npm ci', 'npm start'];

const FIRST_OUTAGE_SECONDS = 180;
const STOP_SECONDS = 60;

const folder = await mkdtemp(join(tmpdir(), 'lastgasp-readme-'));
await chmod(folder, 0o755);
const clone = join(folder, 'lastgasp');
const env = await strangersEnvironment();
let running: ChildProcess | null = null;
try {
  const readme = await readFile(join(REPOSITORY, 'README.md'), 'utf8');
  for (const command of COMMANDS) {
    if (!readme.includes(command)) throw new Error(`README.md does not say "${command}"`);
  }
  await step('git clone', () => execute('git', ['clone', '--quiet', REPOSITORY, clone]));
  await step('npm ci', () => execute('npm', ['ci'], { cwd: clone, env }));

  const first = await step('npm start, until the first outage', () => startUntil((count) => count > 0));
  await step('Ctrl+C', stop);
  await step(`npm start again, until the ${first} outages of before are back`, () =>
    startUntil((count) => count >= first),
  );
  await step('Ctrl+C', stop);
} catch (error) {
  process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  if (running !== null) signalGroup(running, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  process.stdout.write(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Starts, and resolves with the number of outages once that is as `isEnough` asks. */
async function startUntil(isEnough: (count: number) => boolean): Promise<number> {
  // A group of its own, as a terminal gives to what is typed at its prompt.
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let told = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (told += data));
  for (const deadline = Date.now() + FIRST_OUTAGE_SECONDS * 1000; Date.now() < deadline; await sleep(250)) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${told}`);
    const count = await countOutages();
    if (isEnough(count)) return count;
  }
  throw new Error(`no outage within ${FIRST_OUTAGE_SECONDS} seconds; it said:\n${told}`);
}

async function countOutages(): Promise<number> {
  try {
    const answer = await fetch(`http://127.0.0.1:${env.PORT}/api/outages?open=any&limit=500`);
    if (!answer.ok) return 0;
    const { outages } = (await answer.json()) as { outages: unknown[] };
    return outages.length;
  } catch {
    return 0;
  }
}

async function stop(): Promise<void> {
  const child = running;
  if (child === null) throw new Error('nothing runs');
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  signalGroup(child, 'SIGINT');
  const end = await Promise.race([ended, sleep(STOP_SECONDS * 1000, null, { ref: false })]);
  if (end === null) throw new Error(`still running ${STOP_SECONDS} seconds after Ctrl+C`);
  // npm itself may end by the signal; what it ran must have ended by itself, the database last.
  const [code, signal] = end;
  if (code !== 0 && code !== 130 && signal !== 'SIGINT')
    throw new Error(`ended with ${code ?? signal} at Ctrl+C`);
  running = null;
  for (const deadline = Date.now() + STOP_SECONDS * 1000; await databaseRuns(); await sleep(100)) {
    if (Date.now() > deadline) throw new Error('the database still runs after Ctrl+C');
  }
}

async function databaseRuns(): Promise<boolean> {
  const record = await readFile(join(clone, '.lastgasp/postgres-elsewhere.json'), 'utf8').catch(() => null);
  const home =
    record === null ? join(clone, '.lastgasp/postgres') : (JSON.parse(record) as { folder: string }).folder;
  return access(join(home, 'cluster/postmaster.pid')).then(
    () => true,
    () => false,
  );
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

/** The environment without what npm and this project have put into it, and a port that is free. */
async function strangersEnvironment(): Promise<NodeJS.ProcessEnv> {
  const stranger: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(npm_|LASTGASP_|KAFKA_|DATABASE_URL$|HOST$|PORT$|NODE_OPTIONS$|INIT_CWD$)/.test(name))
      stranger[name] = value;
  }
  stranger.PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !/node_modules|node-gyp-bin/.test(entry))
    .join(delimiter);
  stranger.PORT = String(await findFreePort());
  return stranger;
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
