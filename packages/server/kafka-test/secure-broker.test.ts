import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { BROKER_USER } from '../../../scripts/kafka/broker-properties.ts';
import { onuMessage } from '../test/messages.ts';
import { createTestDatabase, type TestDatabase } from '../test/test-database.ts';
import { startReader, until, untilTaken } from './kafka-way-in.ts';
import { createTestTopics, type TestTopics } from './topics.ts';

const broker = inject('broker');
const own = broker?.own ?? null;
const at = (port: number | undefined) => ({ KAFKA_BROKERS: `127.0.0.1:${port}` });
const { username, password } = BROKER_USER;

let database: TestDatabase;
let topics: TestTopics;
let folder: string;

describe.skipIf(own === null)('a broker that asks for more', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgasp-secret-'));
    await writeFile(join(folder, 'password'), `${password}\n`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    database = await createTestDatabase();
    topics = await createTestTopics(broker?.brokers ?? '', { partitions: 1 });
    await topics.put('onu', [onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z')]);
  });
  afterEach(async () => {
    await topics.close();
    await database.drop();
  });

  const secure = { ...at(own?.ports.secure?.tls), KAFKA_TLS_CA: own?.caFile ?? '' };
  const asUser = {
    ...at(own?.ports.secure?.saslTls),
    KAFKA_TLS_CA: own?.caFile ?? '',
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  };

  test.each<[string, () => Record<string, string>]>([
    ['TLS', () => secure],
    ['TLS and PLAIN', () => ({ ...asUser, KAFKA_SASL_MECHANISM: 'PLAIN' })],
    ['TLS and SCRAM-SHA-256', () => ({ ...asUser, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256' })],
    [
      'TLS and SCRAM-SHA-512 with the password in a file',
      () => {
        const { KAFKA_SASL_PASSWORD: _, ...others } = asUser;
        return {
          ...others,
          KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
          KAFKA_SASL_PASSWORD_FILE: join(folder, 'password'),
        };
      },
    ],
  ])('is read with %s', async (_, environment) => {
    const reader = await startReader(database, topics, { environment: environment() });
    await untilTaken(database.pool, topics, 'onu', 1);
    await reader.close();
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a wrong password',
      { ...asUser, KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_PASSWORD: 'guess-123' },
      /authentication/i,
    ],
    ['an authority that is not its own', { ...at(own?.ports.secure?.tls), KAFKA_TLS: 'on' }, /certificate/i],
    ['no encryption', at(own?.ports.secure?.tls), /./],
  ])('is not read with %s: the log says so, and the password is not in it', async (_, environment, words) => {
    const reader = await startReader(database, topics, { environment });
    await until(() => reader.logged().includes('does not answer as it should'));
    expect(reader.source.state.isMember).toBe(false);
    expect(reader.logged()).toMatch(words);
    expect(reader.logged()).not.toContain('guess-123');
    await reader.close();
  });
});
