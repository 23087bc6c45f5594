import { defaultPolicy, type Instant, seededRandom } from '@lastgasp/engine';
import type { MeterState, OutageDetail, OutageSummary } from '@lastgasp/model';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { correlateChunk } from '../src/correlate/correlate-chunk.ts';
import { Correlation } from '../src/correlate/correlation.ts';
import { prepareSession } from '../src/store/queries/correlate/prepare-session.ts';
import type { AsOf } from '../src/store/queries/reads/as-of.ts';
import { listOutages } from '../src/store/queries/reads/list-outages.ts';
import { readMeter } from '../src/store/queries/reads/read-meter.ts';
import { readOutage } from '../src/store/queries/reads/read-outage.ts';
import { type Arrival, receive } from './correlation-story.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const SEED = 20261124;
const METERS = ['M12345678', 'M3', 'M4', 'N1', 'N2', 'P1'];

/** Two hours of the four providers over the small network, by time of receipt; some messages come late. */
function makeEvening(messages: number): Arrival[] {
  const random = seededRandom(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const begin = Date.UTC(2026, 10, 23, 18);
  return Array.from({ length: messages }, (_, nth): Arrival => {
    const eventAt = begin + Math.floor(random() * 7_200) * 1_000;
    const isLate = random() < 0.2;
    const received = eventAt + Math.floor(random() * (isLate ? 2_400 : 20)) * 1_000;
    const at = new Date(eventAt).toISOString();
    const receivedAt = new Date(received).toISOString();
    const isGood = random() < 0.45;
    const kind = random();
    if (kind < 0.25) {
      const feeder = pick([
        { feederId: 'F00K123' },
        { feederId: 'F20', substationId: '4B' },
        { feederId: '' },
      ]);
      return { provider: 'scada', receivedAt, body: (isGood ? scadaRestoration : scadaAlarm)(at, feeder) };
    }
    if (kind < 0.4)
      return {
        provider: 'onu',
        receivedAt,
        body: onuMessage(isGood ? 'ONU_PowerRestored' : 'ONU_LastGaspAlert', at),
      };
    if (kind < 0.92) {
      const events = ['asset-1', 'asset-3', 'asset-4', 'asset-n1', 'asset-n2', 'asset-p1']
        .filter(() => random() < 0.5)
        .map((asset, i) => ({
          mrid: `e${nth}-${i}`,
          asset,
          type: isGood ? '3.26.0.216' : '3.26.0.85',
          at,
        }));
      if (events.length > 0) return { provider: 'kaifa', receivedAt, body: kaifaEnvelope(`m${nth}`, events) };
    }
    return {
      provider: 'call-center',
      receivedAt,
      body: troubleCall(`T${nth}`, at, { meterNumber: pick(['M3', 'N1']) }, { notes: 'no power' }),
    };
  }).sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0));
}

/** What was answered at one moment of the evening. */
interface Answer {
  readonly at: Date;
  readonly outages: readonly unknown[];
  readonly members: readonly OutageDetail['members'][];
  readonly meters: readonly unknown[];
}

/** Of an outage what a decision holds; what is counted or written beside it is left out. */
function believed(outage: OutageSummary): unknown {
  const { revision, updatedAt, sources, cause, location, estimatedRestorationAt, ...rest } = outage;
  return rest;
}

function reported(meter: MeterState | null): unknown {
  const { lastPowerChangeAt, lastCommunicationAt, lastStatusChangeAt, ...rest } = meter as MeterState;
  // A state that a late report has hold since another time holds since then as well when it is asked for afterwards.
  return { ...rest, lastCommunicationAt };
}

describe('an evening is asked about afterwards', () => {
  let database: TestDatabase;
  let client: PoolClient;
  const answers: Answer[] = [];

  const answer = async (at: Date, asOf?: AsOf): Promise<Answer> => {
    const { outages } = await listOutages(client, { limit: 500, asOf });
    const details = [];
    for (const { id } of outages) details.push(await readOutage(client, id, asOf));
    const meters = [];
    for (const number of METERS) meters.push(reported(await readMeter(client, number, asOf)));
    return {
      at,
      outages: outages.map(believed),
      members: details.map((detail) => (detail as OutageDetail).members),
      meters,
    };
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
    client = await database.pool.connect();
    await prepareSession(client);
    const correlation = new Correlation(defaultPolicy);
    const correlateAt = async (at: Instant): Promise<void> => {
      let isFull = true;
      while (isFull)
        ({ isFull } = await correlateChunk(
          client,
          correlation,
          1_000,
          async () => undefined,
          () => ({ at, isNews: true }),
        ));
    };
    const evening = makeEvening(150);
    for (const [nth, arrival] of evening.entries()) {
      await receive(database.pool, [arrival]);
      const at = new Date(arrival.receivedAt);
      await correlateAt(at.getTime() * 1_000);
      // What comes in the same second belongs to the same moment.
      const isMoment = nth % 5 === 4 && evening[nth + 1]?.receivedAt !== arrival.receivedAt;
      if (isMoment) answers.push(await answer(at));
    }
  });
  afterAll(async () => {
    client?.release();
    await database?.drop();
  });

  it('has outages that were replaced or withdrawn, and some that a late message moved', () => {
    const all = answers.flatMap(({ outages }) => outages as OutageSummary[]);
    expect(new Set(all.map(({ id }) => id)).size).toBeGreaterThan(10);
    expect(all.some(({ replacedBy }) => replacedBy !== null)).toBe(true);
    expect(all.some(({ status }) => status === 'partially_restored')).toBe(true);
    const starts = new Map<string, Set<string>>();
    for (const { id, startedAt } of all) starts.set(id, (starts.get(id) ?? new Set()).add(startedAt));
    expect([...starts.values()].some((times) => times.size > 1)).toBe(true);
  });

  it('answers for each moment what it answered then: outages, their members, and meters', async () => {
    for (const then of answers) expect(await answer(then.at, { at: then.at, by: 'learnt' })).toEqual(then);
  });

  it('knows of nothing before the first message', async () => {
    const at = new Date(Date.UTC(2026, 10, 23, 17));
    for (const by of ['learnt', 'event'] as const) {
      const { outages, meters } = await answer(at, { at, by });
      expect(outages).toEqual([]);
      for (const meter of meters)
        expect(meter).toMatchObject({ powerStatus: 'unknown', outage: null, lastCommunicationAt: null });
    }
  });

  it('tells by event time which outages there were, whenever that was learnt', async () => {
    const { outages } = await listOutages(client, { limit: 500 });
    const real = outages.filter(({ status }) => status !== 'cancelled');
    for (const { startedAt, endedAt } of real) {
      for (const text of [startedAt, endedAt]) {
        if (text === null) continue;
        const at = new Date(text);
        const then = await listOutages(client, { limit: 500, open: true, asOf: { at, by: 'event' } });
        const expected = real.filter(
          (outage) =>
            new Date(outage.startedAt) <= at && (outage.endedAt === null || new Date(outage.endedAt) > at),
        );
        expect(then.outages.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
        for (const outage of then.outages) {
          expect(outage).toMatchObject({ endedAt: null, momentary: false });
          expect(outage.customersOutNow).toBeLessThanOrEqual(outage.customersOut);
        }
      }
    }
  });

  it('tells by event time what a late report said of a meter', async () => {
    const number = 'M3';
    const { rows } = await client.query<{ event_at: Date; received_at: Date; kind: string }>(
      `select e.event_at, e.received_at, e.kind from oms_evidence e join oms_meters m on m.id = e.meter_id
       where m.meter_number = $1 and e.kind in ('power_on', 'power_off') order by e.event_at`,
      [number],
    );
    expect(
      rows.some(({ event_at, received_at }) => received_at.getTime() - event_at.getTime() > 60_000),
    ).toBe(true);
    for (const [i, { event_at: at, kind }] of rows.entries()) {
      if (rows[i + 1]?.event_at.getTime() === at.getTime()) continue;
      const meter = await readMeter(client, number, { at, by: 'event' });
      expect(meter?.powerStatus).toBe(kind === 'power_on' ? 'on' : 'off');
    }
  });
});
