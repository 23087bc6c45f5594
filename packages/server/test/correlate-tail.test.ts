import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Pool, type PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { Correlator } from '../src/correlate/correlator.ts';
import { acknowledgeChunk, readChunk } from '../src/correlate/evidence-tail.ts';
import { withTransaction } from '../src/store/pool.ts';
import { readEvidenceLag } from '../src/store/queries/correlate/read-evidence-lag.ts';
import { receive, tellOutages } from './correlation-story.ts';
import { scadaAlarm, scadaRestoration } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase({ max: 8 });
});
afterEach(() => database.drop());

const log = { info: () => undefined, warn: () => undefined };

/** Writes pieces of evidence that say nothing of any outage, named by their source event. */
async function write(client: Pick<Pool, 'query'>, ...names: number[]): Promise<void> {
  await client.query(
    `insert into oms_evidence (kind, source_type, source_event_id, meter_id, event_at, received_at)
     select 'heard', 'kaifa', n, 1, now(), now() from unnest($1::bigint[]) n`,
    [names],
  );
}

/** Reads and acknowledges one chunk; gives the names of the evidence in it. */
async function read(limit = 100): Promise<(number | null)[]> {
  return withTransaction(database.pool, async (client) => {
    const chunk = await readChunk(client, limit);
    await acknowledgeChunk(client, chunk, 0);
    return chunk.rows.map((row) => row.sourceEventKey);
  });
}

async function openTransaction(): Promise<PoolClient> {
  const client = await database.pool.connect();
  await client.query('begin');
  return client;
}

async function commit(client: PoolClient): Promise<void> {
  await client.query('commit');
  client.release();
}

describe('the tail of the evidence log', () => {
  it('reads each piece once, in chunks, and goes on where it stopped', async () => {
    await write(database.pool, 1, 2, 3);
    await write(database.pool, 4, 5);
    expect(await read(2)).toEqual([1, 2]);
    await write(database.pool, 6);
    expect(await read(2)).toEqual([3, 4]);
    expect(await read(2)).toEqual([5]);
    expect(await read(2)).toEqual([6]);
    expect(await read()).toEqual([]);
  });

  it('is not delayed by a transaction that stays open, and reads what that wrote when it commits', async () => {
    const slow = await openTransaction();
    await write(slow, 1);
    await write(database.pool, 2);
    expect(await read()).toEqual([2]);
    await write(slow, 3);
    await write(database.pool, 4);
    expect(await read()).toEqual([4]);
    expect(await readEvidenceLag(database.pool)).toMatchObject({ rows: 0 });
    await commit(slow);
    expect(await readEvidenceLag(database.pool)).toMatchObject({ rows: 2 });
    expect(await read()).toEqual([1, 3]);
    expect(await read()).toEqual([]);
  });

  it('does not miss what commits between two chunks of one snapshot', async () => {
    await write(database.pool, 1);
    const slow = await openTransaction();
    await write(slow, 2);
    await write(database.pool, 3, 4);
    expect(await read(2)).toEqual([1, 3]);
    await commit(slow);
    expect(await read(2)).toEqual([4]);
    expect(await read(2)).toEqual([2]);
  });

  it('never sees what was rolled back', async () => {
    const failed = await openTransaction();
    await write(failed, 1);
    await write(database.pool, 2);
    expect(await read()).toEqual([2]);
    await failed.query('rollback');
    failed.release();
    expect(await read()).toEqual([]);
  });

  it('reads a chunk again whose transaction did not commit', async () => {
    await write(database.pool, 1);
    const lost = await openTransaction();
    const chunk = await readChunk(lost, 100);
    await acknowledgeChunk(lost, chunk, 0);
    await lost.query('rollback');
    lost.release();
    expect(await read()).toEqual([1]);
  });

  it('lets nobody write who read an older position than the one stored', async () => {
    await write(database.pool, 1);
    const frozen = await openTransaction();
    const chunk = await readChunk(frozen, 100);
    expect(await read()).toEqual([1]);
    await expect(acknowledgeChunk(frozen, chunk, 0)).rejects.toThrow(
      'another process has moved the position',
    );
    await frozen.query('rollback');
    frozen.release();
  });

  it('gives each piece once while many write at random, commit late or never', async () => {
    let random = 7;
    const next = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      // The low bits of such a generator repeat.
      return (random >>> 12) % below;
    };
    const open: { client: PoolClient; names: number[] }[] = [];
    const committed: number[] = [];
    const seen: (number | null)[] = [];
    for (let name = 1; name <= 200; name++) {
      if (open.length < 5 && next(2) === 0) open.push({ client: await openTransaction(), names: [] });
      const chosen = open[next(Math.max(open.length, 1))];
      if (chosen !== undefined) {
        await write(chosen.client, name);
        chosen.names.push(name);
      }
      if (open.length > 0 && next(3) === 0) {
        const [ended] = open.splice(next(open.length), 1) as [{ client: PoolClient; names: number[] }];
        const isKept = next(4) > 0;
        await ended.client.query(isKept ? 'commit' : 'rollback');
        ended.client.release();
        if (isKept) committed.push(...ended.names);
      }
      if (next(3) === 0) seen.push(...(await read(1 + next(4))));
    }
    for (const { client, names } of open) {
      await commit(client);
      committed.push(...names);
    }
    for (let rows = await read(); rows.length > 0; rows = await read()) seen.push(...rows);
    const ascending = (a: number | null, b: number | null) => Number(a) - Number(b);
    expect(seen.sort(ascending)).toEqual(committed.sort(ascending));
    expect(committed.length).toBeGreaterThan(50);
  });

  it("says so where a dump was restored, whose transactions are ahead of the server's", async () => {
    await database.pool.query(
      `insert into oms_evidence_positions (reader, base) values ('correlator', '900000000:900000000:')`,
    );
    await expect(read()).rejects.toThrow('restored from a dump');
  });
});

describe('the correlator', () => {
  const trip = (time: string) => ({
    provider: 'scada' as const,
    body: scadaAlarm(`2026-11-23T${time}Z`),
    receivedAt: `2026-11-23T${time}Z`,
  });
  const end = (time: string) => ({
    provider: 'scada' as const,
    body: scadaRestoration(`2026-11-23T${time}Z`),
    receivedAt: `2026-11-23T${time}Z`,
  });
  const started: Correlator[] = [];
  const startCorrelator = (on: Pick<TestDatabase, 'pool'> = database): Correlator => {
    const correlator = new Correlator(on, { log, pollMs: 50 });
    started.push(correlator);
    correlator.start();
    return correlator;
  };

  beforeEach(() => seedSmallNetwork(database.pool));
  afterEach(async () => {
    for (const correlator of started.splice(0)) await correlator.stop();
  });

  it('is woken by what is committed, through whatever program', async () => {
    const correlator = new Correlator(database, { log, pollMs: 3_600_000 });
    started.push(correlator);
    correlator.start();
    await correlator.catchUp();
    const listener = new Client({ connectionString: database.url });
    await listener.connect();
    await listener.query('listen lastgasp_outages');
    const told = new Promise((resolve) => listener.on('notification', resolve));
    await database.pool.query('select insert_scada_event_with_meter_check($1)', [
      scadaAlarm(new Date().toISOString()),
    ]);
    await told;
    await listener.end();
    expect(await tellOutages(database.pool)).toHaveLength(1);
  });

  it('lets only one of two write; the other takes over when that one ends', async () => {
    const first = startCorrelator();
    await first.catchUp();
    const second = startCorrelator();
    await receive(database.pool, [trip('10:00:00')]);
    await second.catchUp();
    expect([first.isLeader, second.isLeader]).toEqual([true, false]);
    expect(await tellOutages(database.pool)).toEqual([
      'F00K123-20261123T100000Z detected: 16 of 16 out, scada 1',
    ]);

    await first.stop();
    await receive(database.pool, [end('10:30:00')]);
    await second.catchUp();
    expect(second.isLeader).toBe(true);
    expect(await tellOutages(database.pool)).toEqual([
      'F00K123-20261123T100000Z restored until 2026-11-23T10:30:00Z: 0 of 16 out, scada 2',
    ]);
  });

  it('goes on by itself after the server has ended its session', async () => {
    const correlator = startCorrelator();
    await receive(database.pool, [trip('10:00:00')]);
    await correlator.catchUp();
    const { rowCount } = await database.pool.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(rowCount).toBe(1);
    await receive(database.pool, [end('10:30:00')]);
    await correlator.catchUp();
    expect(await tellOutages(database.pool)).toEqual([
      'F00K123-20261123T100000Z restored until 2026-11-23T10:30:00Z: 0 of 16 out, scada 2',
    ]);
  });

  it('waits with whoever asks until the one that leads has processed everything', async () => {
    const leader = startCorrelator();
    await leader.catchUp();
    await receive(database.pool, [trip('10:00:00')]);
    await awaitCorrelated(database);
    expect(leader.isLeader).toBe(true);
    expect(await tellOutages(database.pool)).toHaveLength(1);
  });

  it('counts silence until now for whoever asks another process, although nothing comes any more', async () => {
    const leader = startCorrelator();
    await receive(database.pool, [trip('10:00:00')]);
    await leader.catchUp();
    // The leader looks once or twice more; from then on it has nothing to do, and what it stored is of a time before the question.
    await sleep(500);
    await awaitCorrelated(database);
    expect(leader.isLeader).toBe(true);
  });

  it('tells those who wait when it cannot write, and recovers when it can', async () => {
    await database.pool.query(
      `alter table oms_outage_meters add constraint broken check (customers < 0) not valid`,
    );
    await receive(database.pool, [trip('10:00:00')]);
    const correlator = startCorrelator();
    await expect(correlator.catchUp()).rejects.toThrow('fails again and again');
    expect(await correlator.lag()).toMatchObject({ rows: 1 });
    await database.pool.query('alter table oms_outage_meters drop constraint broken');
    while ((await correlator.lag()).rows > 0) await sleep(20);
    expect(await tellOutages(database.pool)).toEqual([
      'F00K123-20261123T100000Z detected: 16 of 16 out, scada 1',
    ]);
  });

  it('refuses to wait for one that was never started', async () => {
    await receive(database.pool, [trip('10:00:00')]);
    await expect(new Correlator(database, { log }).catchUp()).rejects.toThrow('does not run');
  });
});
