import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { kaifaEnvelope, scadaAlarm, scadaRestoration, troubleCall } from '../../server/test/messages.ts';
import { makeDataFolder, removeDataFolder } from '../../server/test/test-server.ts';
import { assetOf, SUBSTATION, type TestFeeder, writeTestNetwork } from './test-network.ts';

const LAUNCHER = join(import.meta.dirname, '../../server/bin/lastgasp.mjs');
const SITE_TIME_ZONE = 'Asia/Amman';

/** A real `lastgasp serve` on an embedded database of its own that holds the test's network. */
export interface ConsoleServer {
  readonly url: string;
  /** SCADA tells that the feeder has no voltage. */
  readonly trip: (feeder: TestFeeder, at?: Date, changes?: object) => Promise<void>;
  /** SCADA tells that it has it again. */
  readonly restore: (feeder: TestFeeder, at?: Date) => Promise<void>;
  /** The head-end tells that the feeder's meter has lost its supply. */
  readonly gasp: (feeder: TestFeeder, at?: Date) => Promise<void>;
  readonly call: (ticketId: string, notes: string) => Promise<void>;
  /** Asks the process to end, and waits until it has. */
  readonly stop: () => Promise<void>;
  /** Runs a command of lastgasp beside the server. */
  readonly command: (...words: readonly string[]) => Promise<void>;
  /** Starts it again at the same address. */
  readonly start: () => Promise<void>;
  /** Keeps the process from running, with every connection open, until it may go on. */
  readonly freeze: () => void;
  readonly goOn: () => void;
  /** Ends everything and removes its data. */
  readonly remove: () => Promise<void>;
}

/** Imports the feeders and serves them. */
export async function startConsoleServer(feeders: readonly TestFeeder[]): Promise<ConsoleServer> {
  const dataFolder = await makeDataFolder();
  const network = join(dataFolder, 'network');
  await writeTestNetwork(network, feeders);
  const imported = run(dataFolder, ['import', 'network', network]);
  const [exitCode] = (await once(imported.child, 'exit')) as [number | null];
  if (exitCode !== 0) throw new Error(`the network was not imported:\n${imported.notes()}`);

  let serving = await serve(dataFolder, 0);
  const { url } = serving;
  const send = async (path: string, body: string) => {
    const answer = await fetch(new URL(path, url), { method: 'POST', body });
    if (answer.status !== 202) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };
  const scada = (message: object) => send('/scada-mock-generator', JSON.stringify(message));
  const placeOf = ({ id }: TestFeeder) => ({ substationId: SUBSTATION.id, feederId: id });
  const now = () => new Date();

  return {
    url,
    trip: (feeder, at = now(), changes = {}) =>
      scada(scadaAlarm(at.toISOString(), { ...placeOf(feeder), ...changes })),
    restore: (feeder, at = now()) => scada(scadaRestoration(at.toISOString(), placeOf(feeder))),
    gasp: (feeder, at = now()) => {
      const event = { asset: assetOf(feeder), type: 'PowerOutage', at: at.toISOString() };
      const id = `${feeder.id}-${at.getTime()}`;
      return send('/hes-mock-generator', kaifaEnvelope(id, [{ mrid: id, ...event }], at.toISOString()));
    },
    call: (ticketId, notes) =>
      send('/trouble-call/intake', JSON.stringify(troubleCall(ticketId, now().toISOString(), {}, { notes }))),
    stop: () => end(serving.child),
    command: async (...words) => {
      const { child, notes } = run(dataFolder, words);
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`lastgasp ${words.join(' ')} failed:\n${notes()}`);
    },
    start: async () => {
      serving = await serve(dataFolder, Number(new URL(url).port));
    },
    freeze: () => void serving.child.kill('SIGSTOP'),
    goOn: () => void serving.child.kill('SIGCONT'),
    remove: async () => {
      serving.child.kill('SIGCONT');
      await end(serving.child);
      await removeDataFolder(dataFolder);
    },
  };
}

async function serve(dataFolder: string, port: number): Promise<{ child: ChildProcess; url: string }> {
  const { child, notes } = run(dataFolder, ['serve'], { PORT: String(port) });
  const told = Promise.race([
    once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`serve ended:\n${notes()}`))),
  ]);
  const [line] = (await told) as [Buffer];
  return { child, url: line.toString().trim() };
}

function run(dataFolder: string, words: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [LAUNCHER, ...words], {
    env: {
      ...withoutSettings(),
      LASTGASP_DATA: dataFolder,
      LASTGASP_SITE_TIMEZONE: SITE_TIME_ZONE,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let notes = '';
  child.stderr.on('data', (chunk) => {
    notes += chunk;
  });
  return { child, notes: () => notes };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** The environment without what would lead the server elsewhere. */
function withoutSettings(): NodeJS.ProcessEnv {
  const settings = /^(LASTGASP_|KAFKA_|DATABASE_URL$|HOST$|PORT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.test(name)));
}
