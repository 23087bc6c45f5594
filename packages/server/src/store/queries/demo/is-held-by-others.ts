import type { Queryable } from '../queryable.ts';
import {
  hasSource,
  isGaspOfStorm,
  isOutageOfStorm,
  type StormMark,
  stormParameters,
} from './made-by-storm.ts';

/** Parts of the network, by the utility's codes. */
export interface PartsOfNetwork {
  readonly feederIds: readonly string[];
  readonly meterNumbers: readonly string[];
}

/**
 * Whether somebody else than the storm reports an outage there: one that is open on one of these feeders or on the whole
 * of its substation, or the last gasp of one of these meters. An outage that is inferred from silence alone is nobody's report.
 */
export async function isHeldByOthers(
  client: Queryable,
  { feederIds, meterNumbers }: PartsOfNetwork,
  mark: StormMark,
): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `select exists (
        select from oms_outage_events o
        left join network_feeders own on own.id = o.feeder_id
        where oms_is_open(o.status)
          and (own.feeder_id = any ($4::text[]) or (o.feeder_id is null and o.substation_id in (
            select f.substation_id from network_feeders f where f.feeder_id = any ($4::text[]))))
          and ${hasSource('o')} and not ${isOutageOfStorm('o')})
      or exists (
        select from oms_meters m
        where m.meter_number = any ($5::text[]) and m.power_status = 'off' and ${isGaspOfStorm('m')} is not true) as held`,
    [...stormParameters(mark), feederIds, meterNumbers],
  );
  return rows[0]?.held === true;
}
