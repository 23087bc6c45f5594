import { PROVIDERS } from '@lastgasp/model';
import type { Pool } from 'pg';
import { createTestTopics, type TestTopics } from '../../kafka-test/topics.ts';
import type { Carried, Carrier } from './carrier.ts';
import type { Delivery } from './make-load.ts';

const PARTITIONS = 4;
const NOTHING = { stored: 0, duplicate: 0, rejected: 0 };

/** Puts messages on the four topics; each copy on any of the partitions. */
export class KafkaCarrier implements Carrier {
  readonly #topics: TestTopics;
  /** Messages that the broker has acknowledged. */
  put = 0;

  private constructor(topics: TestTopics) {
    this.#topics = topics;
  }

  static async open(brokers: string): Promise<KafkaCarrier> {
    return new KafkaCarrier(await createTestTopics(brokers, { partitions: PARTITIONS }));
  }

  /** What a process of `serve` is to be started with to read them. */
  get environment(): Readonly<Record<string, string>> {
    return this.#topics.environment;
  }

  async carry({ message, chance }: Delivery): Promise<readonly Carried[]> {
    try {
      const partition = Math.floor(chance * PARTITIONS);
      await this.#topics.put(message.provider, [message.body], { partition });
      this.put++;
      return [{ kind: message.poisonSha256 === null ? 'taken' : 'refused', counted: NOTHING }];
    } catch {
      return [{ kind: 'again', isAnswered: false }];
    }
  }

  /** Messages that the stored positions have passed. */
  async countRead(pool: Pool): Promise<number> {
    const { rows } = await pool.query<{ read: number }>(
      'select coalesce(sum(next_offset), 0)::integer as read from oms_source_positions where topic = any ($1)',
      [PROVIDERS.map((provider) => this.#topics.names[provider])],
    );
    return rows[0]?.read ?? 0;
  }

  close(): Promise<void> {
    return this.#topics.close();
  }
}
