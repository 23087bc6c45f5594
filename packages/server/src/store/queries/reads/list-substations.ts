import type { SubstationState } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { type MeterCountsRow, toMeterCounts } from './meter-counts-row.ts';
import { toPlace } from './outage-row.ts';

interface SubstationRow extends MeterCountsRow {
  substation_id: string;
  name: string;
  region_code: string | null;
  voltage_level: string | null;
  location_lat: number | null;
  location_lng: number | null;
}

/** Every substation with the state of its meters, by its code. */
export async function listSubstations(database: Queryable): Promise<SubstationState[]> {
  const { rows } = await database.query<SubstationRow>(
    'select * from network_substations_with_meters order by substation_id',
  );
  return rows.map((row) => ({
    id: row.substation_id,
    name: row.name,
    regionCode: row.region_code,
    voltageLevel: row.voltage_level,
    location: toPlace(row.location_lat, row.location_lng),
    ...toMeterCounts(row),
  }));
}
