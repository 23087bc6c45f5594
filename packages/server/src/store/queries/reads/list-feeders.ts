import type { FeederState } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { type MeterCountsRow, toMeterCounts } from './meter-counts-row.ts';
import { toPlace } from './outage-row.ts';

interface FeederRow extends MeterCountsRow {
  feeder_id: string;
  name: string;
  substation_id: string | null;
  substation_name: string | null;
  location_lat: number | null;
  location_lng: number | null;
  transferred_in_meters: number;
  transferred_out_meters: number;
}

/** Every feeder, or every feeder of one substation, with the state of its meters, by its code. */
export async function listFeeders(database: Queryable, substation?: string): Promise<FeederState[]> {
  const { rows } = await database.query<FeederRow>(
    `select * from network_feeders_with_meters
     where $1::text is null or substation_id = $1
     order by feeder_id`,
    [substation ?? null],
  );
  return rows.map((row) => ({
    id: row.feeder_id,
    name: row.name,
    substationId: row.substation_id,
    substationName: row.substation_name,
    location: toPlace(row.location_lat, row.location_lng),
    ...toMeterCounts(row),
    transferredInMeters: row.transferred_in_meters,
    transferredOutMeters: row.transferred_out_meters,
  }));
}
