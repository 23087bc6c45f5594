import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { type Arrival, readCanonicalState, receive } from './correlation-story.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { runs } from './runs.ts';
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

/** What must hold at every moment: the stored numbers are those of the stored meters, no outage ends before it starts, and
 * nobody is without supply twice at a time. */
async function checkInvariants({ pool }: TestDatabase): Promise<void> {
  const { rows } = await pool.query(
    `select o.event_id from oms_outage_events o
     left join lateral (
       select coalesce(sum(customers), 0) as customers, count(*) filter (where out_until is null) as out_now
       from oms_outage_meters m where m.outage_event_id = o.id) m on true
     where (o.status <> 'cancelled' and o.affected_customers_count <> m.customers)
       or (o.status in ('restored', 'cancelled') and m.out_now > 0) or o.actual_restoration_time < o.started_at`,
  );
  expect(rows).toEqual([]);
  const shared = await pool.query(
    `select a.meter_id from oms_outage_meters a
     join oms_outage_meters b on b.meter_id = a.meter_id and b.outage_event_id > a.outage_event_id
       and b.out_from < coalesce(a.out_until, 'infinity') and a.out_from < coalesce(b.out_until, 'infinity')
       and a.out_from is distinct from a.out_until and b.out_from is distinct from b.out_until`,
  );
  expect(shared.rows).toEqual([]);
}

describe('stored outages', () => {
  it('are the same in any order, with copies, in any batches, with a restart after each', {
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
          expected = await readCanonicalState(database.pool);
        });
        const shuffled = order.map((i) => arrivals[i] as Arrival);
        const batches = Array.from({ length: Math.ceil(shuffled.length / batchSize) }, (_, i) =>
          shuffled.slice(i * batchSize, (i + 1) * batchSize),
        );
        await correlated(batches, async (database) => {
          expect(await readCanonicalState(database.pool)).toBe(expected);
        });
      }),
      { numRuns: runs({ usual: 4, long: 20 }), interruptAfterTimeLimit: 100_000 },
    );
  });

  it('are the same three days late, also where each message is correlated by a process of its own', async () => {
    const receivedAt = new Date();
    const ago = (hours: number) => new Date(receivedAt.getTime() - hours * 3_600_000).toISOString();
    const scada = (body: object): Arrival => ({
      provider: 'scada',
      receivedAt: receivedAt.toISOString(),
      body,
    });
    const arrivals = [
      scada(scadaAlarm(ago(72))),
      scada(scadaRestoration(ago(70))),
      scada(scadaRestoration(ago(71))),
    ];
    let expected = '';
    await correlated([arrivals], async (database) => {
      expected = await readCanonicalState(database.pool);
    });
    expect(expected).toContain('"status":"restored"');
    await correlated(
      arrivals.map((arrival) => [arrival]),
      async (database) => {
        expect(await readCanonicalState(database.pool)).toBe(expected);
      },
    );
  });
});
