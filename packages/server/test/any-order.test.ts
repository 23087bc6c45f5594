import { seededRandom } from '@lastgasp/engine';
import { afterEach, expect, test } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { ingestLines } from '../src/operations/ingest-recorded-events.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { runs } from './runs.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const SEED = 20261123;
const MESSAGES = runs({ usual: 2_500, long: 10_000 });

let databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases) await database.drop();
  databases = [];
});

/** Two hours of all four providers on the small network, one message in 60 unreadable or of an unknown meter. */
function makeStorm(): string[] {
  const random = seededRandom(SEED);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const lines: string[] = [];
  for (let index = 0; index < MESSAGES; index++) {
    // Whole seconds, so that many events share an instant and ties are decided often.
    const eventAt = new Date(Date.UTC(2026, 10, 23, 10) + Math.floor(random() * 7200) * 1000);
    const at = eventAt.toISOString();
    const receivedAt = new Date(eventAt.getTime() + Math.floor(random() * 120_000)).toISOString();
    const kind = random();
    if (kind < 0.04) {
      const feederId = pick(['F00K123', 'F00K124', '', 'F20', 'F99']);
      const substationId = feederId === 'F20' ? '4B' : '4A00000K123';
      const make = random() < 0.5 ? scadaAlarm : scadaRestoration;
      lines.push(JSON.stringify({ receivedAt, source: 'scada', body: make(at, { feederId, substationId }) }));
    } else if (kind < 0.3) {
      const type = random() < 0.5 ? 'ONU_LastGaspAlert' : 'ONU_PowerRestored';
      // What has the identity of another message has its content as well.
      const named = ['M3', 'N1', 'M99'][(eventAt.getTime() / 1000) % 15];
      const changes = named === undefined ? {} : { associatedMeters: [named] };
      lines.push(JSON.stringify({ receivedAt, source: 'onu', body: onuMessage(type, at, changes) }));
    } else if (kind < 0.9) {
      const events = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, nth) => ({
        mrid: `e${index}-${nth}`,
        asset: pick([
          'asset-1',
          'asset-2',
          'asset-3',
          'asset-4',
          'asset-n1',
          'asset-n2',
          'asset-p1',
          'nobody',
        ]),
        type: pick([
          'PowerOutage',
          'PowerRestored',
          '3.26.0.85',
          '3.26.0.216',
          '3.26.131.150',
          'Cover opened',
        ]),
        at,
        severity: pick(['Low', 'High']),
      }));
      lines.push(JSON.stringify({ receivedAt, source: 'kaifa', body: kaifaEnvelope(`m${index}`, events) }));
    } else if (kind < 0.985) {
      const body = troubleCall(
        `T${Math.floor(random() * 300)}`,
        at,
        {
          meterNumber: pick(['M3', 'N1', 'P2', '']),
          phone: pick(['0790123456', '']),
          address: '',
          notes: pick(['', 'no power', 'wire down']),
        },
        { status: pick(['Registered', 'In Progress', 'Restored']) },
      );
      lines.push(JSON.stringify({ receivedAt, source: 'call-center', body }));
    } else {
      lines.push(
        JSON.stringify({
          receivedAt,
          source: 'onu',
          body: { type: 'ONU_LastGaspAlert', onuId: 'x', n: index },
        }),
      );
    }
  }
  return lines;
}

function shuffled(lines: readonly string[], seed: number): string[] {
  const random = seededRandom(seed);
  const order = [...lines];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as string, order[last] as string];
  }
  return order;
}

interface Way {
  readonly lines: readonly string[];
  readonly lanes: number;
  readonly maxBatch: number;
  /** Correlated after each part of the lines. */
  readonly parts: number;
}

/** Ingests and correlates, and gives what must not depend on how. */
async function stateAfter(
  way: Way,
): Promise<{ state: string; counts: Record<string, unknown>; outages: number }> {
  const database = await createTestDatabase({ max: 6 });
  databases.push(database);
  await seedSmallNetwork(database.pool);
  const queue = new IngestQueue({ pool: database.pool, lanes: way.lanes, maxBatch: way.maxBatch });
  const size = Math.ceil(way.lines.length / way.parts);
  for (let part = 0; part < way.parts; part++) {
    await ingestLines(queue, way.lines.slice(part * size, (part + 1) * size));
    await awaitCorrelated(database);
  }
  const outages = await database.pool.query(
    `select d.device_id, o.status, o.momentary, o.started_at, o.actual_restoration_time, o.affected_customers_count,
       array(select m.meter_number from oms_outage_meters x join oms_meters m on m.id = x.meter_id
         where x.outage_event_id = o.id order by 1) as meters
     from oms_outage_events o join network_devices d on d.id = o.device_id
     where o.replaced_by is null and o.withdrawn_at is null order by o.started_at, d.device_id, o.meter_id`,
  );
  const meters = await database.pool.query(
    `select meter_number, power_status, communication_status, power_reported_at, last_power_change, last_communication, last_status_change
     from oms_meters order by 1`,
  );
  const tickets = await database.pool.query(
    'select ticket_id, status, event_timestamp, meter_number, phone, call_kind, meter_id, matched_by from callcenter_tickets order by 1',
  );
  const shared = await database.pool.query(
    `select m.meter_id from oms_outage_meters m where m.out_until is null group by 1 having count(*) > 1`,
  );
  expect(shared.rows).toEqual([]);
  return {
    state: JSON.stringify([outages.rows, meters.rows, tickets.rows]),
    counts: queue.counts as unknown as Record<string, unknown>,
    outages: outages.rows.length,
  };
}

test('mixed messages of all providers give the same outages, meters and tickets in any order, batching and number of copies', async () => {
  const storm = makeStorm();
  const inOrder = await stateAfter({ lines: [...storm].sort(), lanes: 1, maxBatch: 1000, parts: 1 });
  expect(inOrder.outages).toBeGreaterThan(2);

  const backwards = await stateAfter({
    lines: [...storm].sort().reverse(),
    lanes: 2,
    maxBatch: 100,
    parts: 3,
  });
  const twice = await stateAfter({
    lines: shuffled([...storm, ...storm.slice(0, 0.4 * MESSAGES)], 7),
    lanes: 3,
    maxBatch: 37,
    parts: 8,
  });
  expect(backwards.state).toBe(inOrder.state);
  expect(twice.state).toBe(inOrder.state);

  for (const { counts } of [inOrder, backwards, twice]) {
    for (const provider of Object.values(counts) as {
      received: number;
      stored: number;
      duplicate: number;
      rejected: number;
    }[]) {
      expect(provider.stored + provider.duplicate + provider.rejected).toBe(provider.received);
    }
  }
  const stored = (counts: Record<string, unknown>) =>
    Object.values(counts).map((provider) => (provider as { stored: number }).stored);
  expect(stored(twice.counts)).toEqual(stored(inOrder.counts));
}, 180_000);
