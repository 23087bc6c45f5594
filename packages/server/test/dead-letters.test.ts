import { createHash } from 'node:crypto';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../src/command-module.ts';
import { command as deadLetters } from '../src/commands/dead-letters.ts';
import { command as doctor } from '../src/commands/doctor.ts';
import { command as ingest } from '../src/commands/ingest.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { ingestLines } from '../src/operations/ingest-recorded-events.ts';
import {
  insertDeadLetters,
  type NewDeadLetter,
} from '../src/store/queries/dead-letters/insert-dead-letters.ts';
import { onuMessage } from './messages.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('truncate oms_dead_letters restart identity'));

const run = (args: readonly string[], isTerminal = false) =>
  runCommand(database, deadLetters, args, isTerminal);
const line = (source: string, body: unknown) =>
  JSON.stringify({ receivedAt: '2026-11-23T10:00:01Z', source, body });
const wrongGasp = onuMessage('ONU_LastGaspAlert', 'yesterday');
const letter = (text: string, changes: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  sourceType: 'onu',
  transport: 'http',
  sender: null,
  topic: null,
  partition: null,
  offset: null,
  rejection: { code: 'invalid_field', field: 'timestamp', reason: 'is missing' },
  payload: Buffer.from(text),
  payloadSha256: createHash('sha256').update(text).digest(),
  receivedAt: new Date('2026-11-23T10:00:01Z'),
  ...changes,
});

async function setAside(...lines: readonly string[]): Promise<void> {
  const queue = new IngestQueue({ pool: database.pool });
  await ingestLines(queue, lines);
  await queue.close();
}

describe('a reason', () => {
  const reason = 'must be an RFC 3339 instant such as 2025-09-24T13:51:31+03:00, got the text "yesterday"';

  it('names its field once: in the table, in the list, and where one letter is shown', async () => {
    await setAside(line('onu', wrongGasp));
    const { rows } = await database.pool.query('select field, reason from oms_dead_letters');
    expect(rows).toEqual([{ field: 'timestamp', reason }]);
    expect((await run(['list', '--json'])).json()).toMatchObject([{ field: 'timestamp', reason }]);
    expect((await run(['list'])).results.split('\n')[1]).toMatch(
      /\ttimestamp\tmust be an RFC 3339 instant .*, got the text "yesterday"$/,
    );
    const { results } = await run(['show', '1']);
    expect(results).toContain(`field: timestamp\nreason: ${reason}\n`);
  });

  it('names its field in front where there is one text for both', async () => {
    await setAside(line('onu', wrongGasp));
    expect((await run(['replay', '1', '--json'])).json()).toMatchObject([{ reason: `timestamp: ${reason}` }]);
  });
});

it('a letter of a topic is listed with its place there, another with who sent it', async () => {
  for (const one of [
    letter('a', { transport: 'kafka', topic: 'onu-events-topic', partition: 3, offset: 9007199254740993n }),
    letter('b', { sender: 'head-end 2' }),
  ]) {
    await insertDeadLetters(database.pool, [one]);
  }
  const lines = (await run(['list'])).results.trimEnd().split('\n');
  expect(lines.map((text) => text.split('\t').slice(3, 5))).toEqual([
    ['by', 'from'],
    ['http', 'head-end 2'],
    ['kafka', 'onu-events-topic/3@9007199254740993'],
  ]);
  expect((await run(['show', '1', '--json'])).json()).toMatchObject({
    topic: 'onu-events-topic',
    partition: 3,
    offset: '9007199254740993',
  });
});

describe('a letter that is discarded', () => {
  it('is off the list, and is still there with who did it, when and why', async () => {
    for (const text of ['a', 'b']) await insertDeadLetters(database.pool, [letter(text)]);
    const before = new Date();
    const { notes, results } = await run(['discard', '1', '--reason', ' a test of the vendor ']);
    expect([notes, results]).toEqual([
      '1 message discarded; "lastgasp dead-letters list --all" still shows it.\n',
      '',
    ]);
    expect((await run(['list', '--json'])).json()).toMatchObject([{ id: 2, status: 'set_aside' }]);
    expect((await run(['list', '--all', '--json'])).json()).toMatchObject([{ id: 2 }, { id: 1 }]);
    const shown = (await run(['show', '1', '--json'])).json();
    expect(shown).toMatchObject({
      status: 'discarded',
      discardedBy: userInfo().username,
      discardReason: 'a test of the vendor',
      payload: 'a',
    });
    expect(new Date(shown.discardedAt).getTime()).toBeGreaterThanOrEqual(before.getTime() - 1000);
    expect((await run(['show', '1'])).results).toContain('discardReason: a test of the vendor\n');
  });

  it('stays so when the same bytes come again, and counts them', async () => {
    await insertDeadLetters(database.pool, [letter('a')]);
    await run(['discard', '1', '--reason', 'noise']);
    expect(await insertDeadLetters(database.pool, [letter('a')])).toEqual([1]);
    expect((await run(['show', '1', '--json'])).json()).toMatchObject({ status: 'discarded', timesSeen: 2 });
  });

  it('is not sent again with all others, but when it is asked for by its number', async () => {
    const gasp = JSON.stringify(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'));
    await insertDeadLetters(database.pool, [letter(gasp)]);
    await run(['discard', '1', '--reason', 'noise']);
    expect((await run(['replay', '--all', '--json'])).json()).toEqual([]);
    expect((await run(['replay', '1', '--json'])).json()).toEqual([
      { id: 1, stored: 1, duplicate: 0, reason: null },
    ]);
    expect((await run(['show', '1', '--json'])).json()).toMatchObject({
      status: 'replayed',
      discardReason: 'noise',
    });
  });

  it('tells the name that was given as who decided', async () => {
    await insertDeadLetters(database.pool, [letter('a')]);
    await run(['discard', '1', '--reason', 'noise', '--by', 'Rana']);
    expect((await run(['show', '1', '--json'])).json()).toMatchObject({ discardedBy: 'Rana' });
    await expect(run(['discard', '1', '--reason', 'noise', '--by', ' '])).rejects.toMatchObject({
      exitCode: EXIT_CODES.usage,
    });
  });

  it('cannot be discarded twice: who decided first stands', async () => {
    await insertDeadLetters(database.pool, [letter('a')]);
    await run(['discard', '1', '--reason', 'noise']);
    await expect(run(['discard', '1', '--reason', 'other'])).rejects.toThrow(
      /^dead letter 1 is no longer set aside: \S+ discarded it at \S+Z \(noise\)$/,
    );
  });

  it('needs a reason and a letter that is there; of several, none is discarded where one is not', async () => {
    await insertDeadLetters(database.pool, [letter('a')]);
    await expect(run(['discard', '1', '--reason', ' '])).rejects.toMatchObject({
      exitCode: EXIT_CODES.usage,
    });
    await expect(run(['discard', '1'])).rejects.toThrow(/--reason/);
    await expect(run(['discard', 'one', '--reason', 'x'])).rejects.toMatchObject({
      exitCode: EXIT_CODES.usage,
    });
    await expect(run(['discard', '1', '9', '--reason', 'x'])).rejects.toThrow('there is no dead letter 9');
    expect((await run(['list', '--json'])).json()).toHaveLength(1);
  });
});

describe('a letter that was cut', () => {
  it('is not sent again, not even where its beginning would read as a whole message', async () => {
    const gasp = JSON.stringify(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'));
    await insertDeadLetters(database.pool, [
      letter(gasp, {
        rejection: {
          code: 'too_large',
          field: null,
          reason: 'The message is too large.',
          cutFrom: 5_000_000,
        },
      }),
    ]);
    const replayed = await run(['replay', '--all', '--json']);
    expect(replayed.json()).toEqual([
      { id: 1, stored: 0, duplicate: 0, reason: 'The message is too large.' },
    ]);
    expect(replayed.exitCode).toBe(EXIT_CODES.partial);
    expect((await run(['show', '1'])).results).toContain('isCut: true\nwholeBytes: 5000000\n');
  });

  it('keeps as much of a recorded message as the format takes, and no more', async () => {
    await setAside(line('onu', { padding: 'x'.repeat(1_500_000) }));
    const { rows } = await database.pool.query(
      'select is_cut, whole_bytes::int, octet_length(payload) as kept from oms_dead_letters',
    );
    expect(rows).toEqual([{ is_cut: true, whole_bytes: 1_500_014, kept: 1024 * 1024 }]);
  });
});

it('letters of more bytes than one statement should carry are all kept', async () => {
  const large = (mark: string) => letter(mark.repeat(7 * 1024 * 1024));
  const ids = await insertDeadLetters(database.pool, [
    large('a'),
    large('b'),
    letter('c'),
    large('d'),
    large('b'),
  ]);
  expect(new Set(ids).size).toBe(4);
  expect(ids[4]).toBe(ids[1]);
  const { rows } = await database.pool.query(
    'select left(encode(payload, $1), 1) as mark, times_seen from oms_dead_letters order by 1',
    ['escape'],
  );
  expect(rows).toEqual([
    { mark: 'a', times_seen: 1 },
    { mark: 'b', times_seen: 2 },
    { mark: 'c', times_seen: 1 },
    { mark: 'd', times_seen: 1 },
  ]);
});

describe('what commands say', () => {
  it('a number of letters goes with its word, and those of no known provider are among them', async () => {
    const said = async () => (await runCommand(database, doctor, [])).notes;
    expect(await said()).not.toContain('set aside');
    await setAside(line('smoke-signal', {}));
    expect(await said()).toContain('1 message is set aside (1 of no known provider): see');
    await setAside(line('onu', wrongGasp), line('scada', {}));
    expect(await said()).toContain('3 messages are set aside (1 ONU, 1 SCADA, 1 of no known provider): see');
  });

  it('a file that is not there is named', async () => {
    await expect(runCommand(database, ingest, ['/nowhere/storm.ndjson'])).rejects.toThrow(
      /^there is no file \/nowhere\/storm\.ndjson$/,
    );
  });
});
