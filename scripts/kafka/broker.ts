import { execFile, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BROKER_USER, type BrokerPorts, brokerProperties, KEYSTORE_PASSWORD } from './broker-properties.ts';
import { ensureKafkaJars } from './kafka-jars.ts';

const run = promisify(execFile);

/** A broker that runs, as its folder says. */
export interface RunningBroker {
  readonly pid: number;
  readonly ports: BrokerPorts;
  /** `host:port`, as `KAFKA_BROKERS` takes it. */
  readonly address: string;
  /** PEM file of the authority that a secure listener's certificate is checked with. */
  readonly caFile: string;
}

export interface BrokerOptions {
  /** Holds everything of the broker: its data, its log, the number of its process. */
  readonly folder: string;
  /** Holds Kafka's jars; `folder` unless told. */
  readonly jarFolder?: string;
  /** The plain port of a new broker; any free one unless told. One that has run before keeps its ports. */
  readonly port?: number;
  /** Also listen with TLS, and with TLS and a password. */
  readonly secure?: boolean;
  readonly tell?: (text: string) => void;
}

const HEAP = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

/** The broker of `folder`, where it runs; null where it does not. */
export async function findBroker(folder: string): Promise<RunningBroker | null> {
  const files = filesOf(folder);
  const pid = Number(await readFile(files.pid, 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(pid) || pid <= 0 || !(await isBrokerOf(files.properties, pid))) return null;
  const ports = JSON.parse(await readFile(files.ports, 'utf8')) as BrokerPorts;
  return { pid, ports, address: `127.0.0.1:${ports.plain}`, caFile: files.ca };
}

/** Starts the broker of `folder` and resolves once it takes requests; the one that runs already is given back. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const { folder, secure = false, tell = () => undefined } = options;
  const running = await findBroker(folder);
  if (running !== null) return running;
  const jars = await ensureKafkaJars(options.jarFolder ?? folder, tell);
  const files = filesOf(folder);
  await mkdir(folder, { recursive: true });
  if (!(await isThere(files.ports))) await prepare({ files, jars, secure, port: options.port ?? 0 });

  const log = await open(files.log, 'w');
  const broker = spawn('java', [...HEAP, '-cp', `${jars}/*`, 'kafka.Kafka', files.properties], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  if (broker.pid === undefined) throw await once(broker, 'error').then(([error]) => error as Error);
  broker.unref();
  await writeFile(files.pid, String(broker.pid));
  await untilReady(files, broker.pid);
  const started = await findBroker(folder);
  if (started === null) throw new Error(`the broker ended at once; ${files.log} says why`);
  return started;
}

/** Ends the broker of `folder`, by the number of its process; false where none runs. `signal` SIGKILL is a power cut. */
export async function stopBroker(
  folder: string,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<boolean> {
  const running = await findBroker(folder);
  if (running === null) return false;
  process.kill(running.pid, signal);
  const files = filesOf(folder);
  const giveUpAt = performance.now() + STOP_WITHIN_MS;
  while (await isBrokerOf(files.properties, running.pid)) {
    if (performance.now() > giveUpAt) process.kill(running.pid, 'SIGKILL');
    await sleep(LOOK_EVERY_MS);
  }
  await rm(files.pid, { force: true });
  return true;
}

type Files = ReturnType<typeof filesOf>;

function filesOf(folder: string) {
  const inside = (name: string) => resolve(folder, name);
  return {
    properties: inside('server.properties'),
    ports: inside('ports.json'),
    pid: inside('broker.pid'),
    log: inside('broker.log'),
    data: inside('data'),
    keystore: inside('keystore.p12'),
    ca: inside('ca.pem'),
  };
}

/** A number alone may be another process's by now. */
async function isBrokerOf(properties: string, pid: number): Promise<boolean> {
  const listed = await run('ps', ['-p', String(pid), '-o', 'args=']).catch(() => null);
  return listed?.stdout.includes(`kafka.Kafka ${properties}`) ?? false;
}

async function prepare({
  files,
  jars,
  secure,
  port,
}: {
  readonly files: Files;
  readonly jars: string;
  readonly secure: boolean;
  readonly port: number;
}): Promise<void> {
  const [plain = port, controller = 0, tls = 0, saslTls = 0] = await freePorts([port, 0, 0, 0]);
  const ports: BrokerPorts = { plain, controller, secure: secure ? { tls, saslTls } : null };
  if (secure) await makeCertificate(files);
  const properties = brokerProperties(ports, { logFolder: files.data, keystore: files.keystore });
  await writeFile(files.properties, properties);
  await rm(files.data, { recursive: true, force: true });
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const { username, password } = BROKER_USER;
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    id,
    '-c',
    files.properties,
    ...(secure ? users : []),
  ];
  await run('java', [...HEAP, '-cp', `${jars}/*`, ...format]);
  // Last, so that a folder that was left half made is made anew.
  await writeFile(files.ports, JSON.stringify(ports));
}

/** A certificate for loopback that is its own authority. */
async function makeCertificate({ keystore, ca }: Files): Promise<void> {
  await rm(keystore, { force: true });
  const store = [
    '-keystore',
    keystore,
    '-storetype',
    'PKCS12',
    '-storepass',
    KEYSTORE_PASSWORD,
    '-alias',
    'broker',
  ];
  const subject = ['-dname', 'CN=localhost', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost', '-ext', 'BC=ca:true'];
  await run('keytool', [
    '-genkeypair',
    '-keyalg',
    'EC',
    '-groupname',
    'secp256r1',
    '-validity',
    '30',
    ...subject,
    ...store,
  ]);
  const { stdout } = await run('keytool', ['-exportcert', '-rfc', ...store]);
  await writeFile(ca, stdout);
}

/**
 * Below the ports that systems give to outgoing connections: one of those may take a broker's port while it is stopped, even
 * a client's attempt to reach that very port.
 */
const PORTS: readonly [first: number, last: number] = [15_000, 31_999];
const PORT_ATTEMPTS = 50;

/** Ports that are free now, each the one asked for or, for 0, any. */
async function freePorts(wanted: readonly number[]): Promise<number[]> {
  const servers: Server[] = [];
  try {
    for (const port of wanted) servers.push(port === 0 ? await listenAnywhere() : await listenOn(port));
    return servers.map((server) => (server.address() as { port: number }).port);
  } finally {
    await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  }
}

async function listenAnywhere(): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOn(randomInt(PORTS[0], PORTS[1] + 1));
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenOn(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function untilReady(files: Files, pid: number): Promise<void> {
  const giveUpAt = performance.now() + START_WITHIN_MS;
  for (;;) {
    const log = await readFile(files.log, 'utf8');
    if (log.includes('Kafka Server started')) return;
    const isLate = performance.now() > giveUpAt;
    if (isLate || !(await isAlive(pid))) {
      if (isLate) process.kill(pid, 'SIGKILL');
      throw new Error(`the broker did not start; ${files.log} ends with:\n${log.slice(-1500)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const state = await run('ps', ['-p', String(pid), '-o', 'stat=']).catch(() => null);
  return state !== null && !state.stdout.startsWith('Z');
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Where the broker for trying out lives, in the folder that holds everything that is kept. */
export const brokerFolder = (dataFolder: string): string => join(dataFolder, 'kafka');
