import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startBroker, stopBroker } from '../../../scripts/kafka/broker.ts';
import type { BrokerPorts } from '../../../scripts/kafka/broker-properties.ts';
import { whyNoBroker } from '../../../scripts/kafka/kafka-jars.ts';

/** The broker that tests use. */
export interface TestBroker {
  /** What `KAFKA_BROKERS` is set to. */
  readonly brokers: string;
  /** The broker is this run's own: it may be stopped, and it has secure listeners. Null where it is somebody else's. */
  readonly own: { readonly folder: string; readonly ports: BrokerPorts; readonly caFile: string } | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where no broker can be had: then these tests are skipped. */
    readonly broker: TestBroker | null;
  }
}

const FOLDER_PREFIX = 'lastgasp-kafka-';

/**
 * The broker that `KAFKA_BROKERS` names, else an Apache Kafka of this run's own in a temporary folder, which ends with it. Where
 * there is neither, that is said and everything is skipped.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const named = process.env.KAFKA_BROKERS?.trim() ?? '';
  if (named !== '') {
    say(`The tests of Kafka run on the broker of KAFKA_BROKERS=${named}; those that stop it are skipped.`);
    project.provide('broker', { brokers: named, own: null });
    return async () => undefined;
  }
  const reason = await whyNoBroker();
  if (reason !== null) {
    say(`No Kafka broker: ${reason}. The tests of Kafka are skipped. KAFKA_BROKERS=host:port names one.`);
    project.provide('broker', null);
    return async () => undefined;
  }
  await removeBrokersLeftBehind();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const jarFolder = join(import.meta.dirname, '../../../.lastgasp/kafka');
  const end = async () => {
    await stopBroker(folder);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { address, ports, caFile } = await startBroker({ folder, jarFolder, secure: true, tell: say });
    say(`The tests of Kafka run on an Apache Kafka broker on ${address}`);
    project.provide('broker', { brokers: address, own: { folder, ports, caFile } });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** What test runs that were killed have left. */
async function removeBrokersLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const folder = join(tmpdir(), name);
    await stopBroker(folder, 'SIGKILL').catch(() => false);
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);
