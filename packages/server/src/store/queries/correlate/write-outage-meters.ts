import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';
import type { OutageMember } from './load-outage-meters.ts';

/** A meter's part in an outage, with the outage. */
export interface OutageMeter extends OutageMember {
  readonly outageKey: number;
}

/** What differs between the stored meters of outages and those that are to be stored. */
export interface MeterChanges {
  /** Are no part of the outage. */
  readonly gone: readonly Pick<OutageMeter, 'outageKey' | 'meterKey'>[];
  /** Have supply again, or had it at another time than is stored. */
  readonly back: readonly OutageMeter[];
  /** Are out, since another time than is stored or after all. */
  readonly outAgain: readonly OutageMeter[];
  /** Are not stored yet. */
  readonly added: readonly OutageMeter[];
}

const WANTED = `wanted as (
  select w.outage_id, w.meter_id, w.customers, ${instantOf('w.from_at')} as out_from, ${instantOf('w.until_at')} as out_until
  from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::bigint[]) as w (outage_id, meter_id, customers, from_at, until_at)
)`;

/**
 * Writes changes of the meters of outages. What ends is written before what begins: a meter is in one open outage at most, and
 * may be handed from one to another.
 */
export async function writeOutageMeters(client: Queryable, changes: MeterChanges): Promise<void> {
  await removeMeters(client, changes.gone);
  await moveMeters(client, changes.back);
  await moveMeters(client, changes.outAgain);
  await addMeters(client, changes.added);
}

async function removeMeters(client: Queryable, gone: MeterChanges['gone']): Promise<void> {
  if (gone.length === 0) return;
  await client.query(
    `delete from oms_outage_meters m
     using unnest($1::bigint[], $2::bigint[]) as w (outage_id, meter_id)
     where m.outage_event_id = w.outage_id and m.meter_id = w.meter_id`,
    [numberArray(gone.map((meter) => meter.outageKey)), numberArray(gone.map((meter) => meter.meterKey))],
  );
}

async function moveMeters(client: Queryable, meters: readonly OutageMeter[]): Promise<void> {
  if (meters.length === 0) return;
  await client.query(
    `with ${WANTED}
     update oms_outage_meters m
     set customers = w.customers, out_from = w.out_from, out_until = w.out_until
     from wanted w
     where m.outage_event_id = w.outage_id and m.meter_id = w.meter_id`,
    toColumns(meters),
  );
}

async function addMeters(client: Queryable, meters: readonly OutageMeter[]): Promise<void> {
  if (meters.length === 0) return;
  await client.query(
    `with ${WANTED}
     insert into oms_outage_meters (outage_event_id, meter_id, customers, out_from, out_until)
     select outage_id, meter_id, customers, out_from, out_until from wanted`,
    toColumns(meters),
  );
}

function toColumns(meters: readonly OutageMeter[]): string[] {
  return [
    numberArray(meters.map((meter) => meter.outageKey)),
    numberArray(meters.map((meter) => meter.meterKey)),
    numberArray(meters.map((meter) => meter.customers)),
    numberArray(meters.map((meter) => meter.from)),
    numberArray(meters.map((meter) => meter.until)),
  ];
}
