import type { Queryable } from '../queryable.ts';
import { isOutageOfStorm, type StormMark, stormParameters } from './made-by-storm.ts';

/** An open outage of the storm, by the utility's codes. */
export interface OpenOfStorm {
  readonly deviceId: string;
  /** The meter whose own service is out; null where it is the device. */
  readonly meterNumber: string | null;
}

/** The outages of the storm that are open; none that anybody else's SCADA reports as well. */
export async function listOpenOfStorm(client: Queryable, mark: StormMark): Promise<readonly OpenOfStorm[]> {
  const { rows } = await client.query<{ device: string; meter: string | null }>(
    `select d.device_id as device, m.meter_number as meter
     from oms_outage_events o
     join network_devices d on d.id = o.device_id
     left join oms_meters m on m.id = o.meter_id
     where oms_is_open(o.status) and ${isOutageOfStorm('o')}`,
    stormParameters(mark),
  );
  return rows.map(({ device, meter }) => ({ deviceId: device, meterNumber: meter }));
}
