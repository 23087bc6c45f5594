import { defaultPolicy, deriveOutages } from '@lastgasp/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { toDeviceSignal, toMeterReport } from '../src/correlate/to-evidence.ts';
import { withClient } from '../src/store/pool.ts';
import { loadNetwork } from '../src/store/queries/correlate/load-network.ts';
import {
  EVIDENCE_COLUMNS,
  type EvidenceColumns,
  toEvidenceRow,
} from '../src/store/queries/correlate/read-evidence.ts';
import { type Arrival, readCanonicalState, receive } from './correlation-story.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

// Messages about few things at few instants, so that they meet each other often.
const ASSETS = ['asset-1', 'asset-3', 'asset-4', 'asset-n1', 'asset-n2', 'asset-p1'];
const FEEDERS = [
  { feederId: 'F00K123' },
  { feederId: 'F00K124' },
  { feederId: '' },
  { feederId: 'F20', substationId: '4B' },
];
const story = fc.array(
  fc.record({
    provider: fc.constantFrom('scada', 'scada', 'kaifa', 'onu', 'call-center'),
    isGood: fc.boolean(),
    about: fc.nat(),
    minute: fc.nat({ max: 20 }),
    delayMinutes: fc.nat({ max: 30 }),
  }),
  { minLength: 10, maxLength: 40 },
);

type Plot = ReturnType<typeof story.generate>['value'];

function toArrivals(plot: Plot): Arrival[] {
  return plot.map(({ provider, isGood, about, minute, delayMinutes }, i): Arrival => {
    const at = new Date(Date.UTC(2026, 10, 23, 10, minute)).toISOString();
    const receivedAt = new Date(Date.UTC(2026, 10, 23, 10, minute + delayMinutes)).toISOString();
    switch (provider) {
      case 'scada':
        return {
          provider,
          receivedAt,
          body: (isGood ? scadaRestoration : scadaAlarm)(at, FEEDERS[about % 4]),
        };
      case 'kaifa': {
        const type = isGood ? '3.26.0.216' : '3.26.0.85';
        const asset = ASSETS[about % ASSETS.length] as string;
        return { provider, receivedAt, body: kaifaEnvelope(`m${i}`, [{ mrid: `e${i}`, asset, type, at }]) };
      }
      case 'onu':
        return {
          provider,
          receivedAt,
          body: onuMessage(isGood ? 'ONU_PowerRestored' : 'ONU_LastGaspAlert', at),
        };
      default:
        return {
          provider: 'call-center',
          receivedAt,
          body: troubleCall(
            `T${i}`,
            at,
            { meterNumber: about % 2 === 0 ? 'M3' : 'N1' },
            { notes: 'no power' },
          ),
        };
    }
  });
}

/** A new small network that received the arrivals in these batches, each correlated by a process of its own. */
async function correlated(
  batches: readonly (readonly Arrival[])[],
  use: (database: TestDatabase) => Promise<void>,
) {
  const database = await createTestDatabase();
  try {
    await seedSmallNetwork(database.pool);
    for (const batch of batches) {
      await receive(database.pool, batch);
      await awaitCorrelated(database);
      await checkInvariants(database);
    }
    await use(database);
  } finally {
    await database.drop();
  }
}

/** What must hold at every moment: the stored numbers are those of the stored meters, and no outage ends before it starts. */
async function checkInvariants({ pool }: TestDatabase): Promise<void> {
  const { rows } = await pool.query(
    `select o.event_id from oms_outage_events o
     left join lateral (
       select coalesce(sum(customers), 0) as customers, count(*) filter (where out_until is null) as out_now
       from oms_outage_meters m where m.outage_event_id = o.id) m on true
     where (o.replaced_by is null and o.affected_customers_count <> m.customers)
       or (o.status in ('restored', 'cancelled') and m.out_now > 0)`,
  );
  expect(rows).toEqual([]);
}

/** What the engine derives from scratch from all stored evidence, in comparable form. */
async function deriveAll({ pool }: TestDatabase) {
  const network = await withClient(pool, loadNetwork);
  const { rows } = await pool.query({
    rowMode: 'array',
    text: `select ${EVIDENCE_COLUMNS} from oms_evidence e`,
  });
  const evidence = (rows as EvidenceColumns[]).map(toEvidenceRow);
  return deriveOutages(
    network,
    evidence.flatMap(toDeviceSignal),
    evidence.flatMap(toMeterReport),
    defaultPolicy,
  ).map((outage) => ({
    id: outage.id,
    status: outage.status,
    started_at: outage.startedAt,
    ended_at: outage.endedAt,
    confidence: outage.confidence,
    customers: outage.customers,
    out_now: outage.customersOutNow,
    detected_at: outage.detectedAt,
    meters: outage.meters.position
      .map((p, i) => ({
        meter: network.meterKey[p],
        from: outage.meters.from[i],
        until: outage.meters.until[i],
      }))
      .sort((a, b) => Number(a.meter) - Number(b.meter)),
    sources: [
      ...new Set(outage.evidence.map(({ evidence: { source } }) => `${source.type} ${source.eventKey}`)),
    ].sort(),
  }));
}

async function readAll({ pool }: TestDatabase) {
  const micros = (expression: string) => `(extract(epoch from ${expression}) * 1000000)::float8`;
  const { rows } = await pool.query(
    `select o.event_id as id, o.status, ${micros('o.started_at')} as started_at,
       ${micros('o.actual_restoration_time')} as ended_at, o.confidence_score::float8 as confidence,
       o.affected_customers_count as customers, coalesce(m.out_now, 0)::integer as out_now,
       ${micros('o.first_detected_at')} as detected_at, coalesce(m.meters, '[]') as meters,
       array(select s.source_type || ' ' || s.source_event_id from oms_event_sources s where s.outage_event_id = o.id
         order by s.source_type collate "C", s.source_event_id collate "C") as sources
     from oms_outage_events o
     left join lateral (
       select sum(customers) filter (where out_until is null) as out_now,
         jsonb_agg(jsonb_build_object('meter', meter_id, 'from', ${micros('out_from')}, 'until', ${micros('out_until')})
           order by meter_id) as meters
       from oms_outage_meters x where x.outage_event_id = o.id) m on true
     where o.replaced_by is null
     order by o.started_at, o.event_id collate "C"`,
  );
  return rows.map((row) => ({ ...row, sources: [...row.sources].sort() }));
}

describe('stored outages', () => {
  it('are what the engine derives from scratch, and the same in any order, with copies, in any batches, with a restart after each', {
    timeout: 120_000,
  }, async () => {
    const deliveries = story.chain((plot) =>
      fc.record({
        plot: fc.constant(plot),
        order: fc.shuffledSubarray([...plot.keys(), ...plot.keys()], { minLength: plot.length * 2 }),
        batchSize: fc.integer({ min: 1, max: 30 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ plot, order, batchSize }) => {
        const arrivals = toArrivals(plot);
        let expected = '';
        await correlated([arrivals], async (database) => {
          expect(await readAll(database)).toEqual(await deriveAll(database));
          expected = await readCanonicalState(database.pool);
        });
        const shuffled = order.map((i) => arrivals[i] as Arrival);
        const batches = Array.from({ length: Math.ceil(shuffled.length / batchSize) }, (_, i) =>
          shuffled.slice(i * batchSize, (i + 1) * batchSize),
        );
        await correlated(batches, async (database) => {
          expect(await readAll(database)).toEqual(await deriveAll(database));
          expect(await readCanonicalState(database.pool)).toBe(expected);
        });
      }),
      { numRuns: 8, interruptAfterTimeLimit: 40_000 },
    );
  });
});
