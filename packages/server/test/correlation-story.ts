import { canonicalState, defaultPolicy, formatInstant } from '@lastgasp/engine';
import type { OutageStatus, Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import { readMessage } from '../src/ingest/providers/read-message.ts';
import { storeBatch } from '../src/ingest/store-batch.ts';

/** A provider's message and when it came. */
export interface Arrival {
  readonly provider: Provider;
  readonly body: string | object;
  readonly receivedAt: string;
}

/** Takes messages the way of live ones, in batches of what comes in a row from one provider. */
export async function receive(pool: Pool, arrivals: readonly Arrival[]): Promise<void> {
  for (let from = 0; from < arrivals.length; ) {
    const { provider } = arrivals[from] as Arrival;
    let to = from;
    while (arrivals[to]?.provider === provider) to++;
    const events = arrivals.slice(from, to).flatMap(({ body, receivedAt }) => {
      const read = readMessage(provider, body);
      if (read.rejected.length > 0) throw new Error(JSON.stringify(read.rejected));
      return read.events.map((json) => ({ json, receivedAt: new Date(receivedAt) }));
    });
    const outcomes = await storeBatch(pool, provider, events);
    for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
    from = to;
  }
}

interface OutageRow {
  event_id: string;
  status: OutageStatus;
  customers: number;
  out_now: number;
  confidence: number;
  sources: Record<string, number> | null;
  started_at: number;
  ended_at: number | null;
  momentary: boolean;
  replaced_by: string | null;
  is_withdrawn: boolean;
  device: string;
  meters: string[] | null;
}

async function readRows(pool: Pool): Promise<OutageRow[]> {
  const { rows } = await pool.query<OutageRow>(
    `select o.event_id, o.status, o.affected_customers_count as customers, o.confidence_score::float8 as confidence, o.momentary,
       (extract(epoch from o.started_at) * 1000000)::float8 as started_at,
       (extract(epoch from o.actual_restoration_time) * 1000000)::float8 as ended_at,
       r.event_id as replaced_by, o.withdrawn_at is not null as is_withdrawn,
       coalesce(v.meter_number, d.device_id) as device,
       (select coalesce(sum(m.customers), 0)::integer from oms_outage_meters m
         where m.outage_event_id = o.id and m.out_until is null) as out_now,
       (select jsonb_object_agg(s.source_type, s.events) from (
         select source_type, count(*) as events from oms_event_sources where outage_event_id = o.id group by source_type) s) as sources,
       (select array_agg(m.meter_number order by m.meter_number)
         from oms_outage_meters x join oms_meters m on m.id = x.meter_id where x.outage_event_id = o.id) as meters
     from oms_outage_events o
     join network_devices d on d.id = o.device_id
     left join oms_outage_events r on r.id = o.replaced_by
     left join oms_meters v on v.id = o.meter_id
     order by o.started_at, o.event_id`,
  );
  return rows;
}

/** Each stored outage as a line: `F1-… detected: 6 of 6 out, scada 1 kaifa 2`. */
export async function tellOutages(pool: Pool): Promise<string[]> {
  const order = Object.keys(defaultPolicy.sourceWeights);
  return (await readRows(pool)).map((row) => {
    const sources = Object.entries(row.sources ?? {})
      .sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]))
      .map(([source, count]) => `${source} ${count}`);
    const end =
      row.ended_at === null
        ? ''
        : ` until ${formatInstant(row.ended_at)}${row.momentary ? ' momentary' : ''}`;
    const fate = row.replaced_by === null ? '' : ` by ${row.replaced_by}`;
    return `${row.event_id} ${row.status}${fate}${end}: ${row.out_now} of ${row.customers} out, ${sources.join(' ')}`;
  });
}

/** The canonical state of everything stored; what evidence took back altogether never was. */
export async function readCanonicalState(pool: Pool): Promise<string> {
  const meters = await pool.query(
    `select meter_number as number, power_status as "powerStatus", communication_status as "communicationStatus" from oms_meters`,
  );
  return canonicalState(
    (await readRows(pool))
      .filter((row) => !row.is_withdrawn)
      .map((row) => ({
        status: row.status,
        device: { id: row.device, equivalent: [] },
        meters: row.meters ?? [],
        customersOut: row.customers,
        startedAt: formatInstant(row.started_at),
        endedAt: row.ended_at === null ? null : formatInstant(row.ended_at),
        momentary: row.momentary,
        replacedBy: row.replaced_by,
      })),
    meters.rows,
  );
}
