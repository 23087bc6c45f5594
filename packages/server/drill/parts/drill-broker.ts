import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBroker, stopBroker } from '../../../../scripts/kafka/broker.ts';

const JAR_FOLDER = resolve(import.meta.dirname, '../../../../.lastgasp/kafka');

/** One Apache Kafka broker of the drills' own, which may be stopped. */
export class DrillBroker {
  readonly address: string;
  readonly #folder: string;

  private constructor(folder: string, address: string) {
    this.#folder = folder;
    this.address = address;
  }

  static async start(tell: (text: string) => void): Promise<DrillBroker> {
    const folder = await mkdtemp(join(tmpdir(), 'lastgasp-drill-kafka-'));
    try {
      const { address } = await startBroker({ folder, jarFolder: JAR_FOLDER, tell });
      return new DrillBroker(folder, address);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Kills it, as a power cut does. */
  kill(): Promise<boolean> {
    return stopBroker(this.#folder, 'SIGKILL');
  }

  /** Starts it again on its data and its port. */
  async startAgain(): Promise<void> {
    await startBroker({ folder: this.#folder, jarFolder: JAR_FOLDER });
  }

  async close(): Promise<void> {
    await stopBroker(this.#folder);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
