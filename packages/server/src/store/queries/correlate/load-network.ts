import { buildNetwork, type DeviceRecord, type Network } from '@lastgasp/engine';
import type { DeviceKind } from '@lastgasp/model';
import type { PoolClient } from 'pg';
import type { Queryable } from '../queryable.ts';
import { readCopyColumns } from './read-copy-columns.ts';

/** How often the registry has changed; a network is current while this is the number it was loaded under. */
export async function readRegistryRevision(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ revision: string }>('select revision from oms_registry_revisions');
  return rows[0]?.revision ?? '0';
}

interface DeviceRow {
  id: number;
  device_id: string;
  kind: DeviceKind;
  upstream_id: number | null;
  substation_id: number | null;
  feeder_id: number | null;
  normally_open: boolean;
  is_feeder_head: boolean;
  implied: boolean;
}

/** The registry's devices and active meters as a network. */
export async function loadNetwork(client: PoolClient): Promise<Network> {
  const { rows } = await client.query<DeviceRow>(
    `select id::float8, device_id, kind, upstream_id::float8, substation_id::float8, feeder_id::float8, normally_open,
       is_feeder_head, implied
     from network_devices`,
  );
  const meters = await readCopyColumns(
    client,
    `select id::float8, coalesce(device_id, 0)::float8, coalesce(feeder_id, 0)::float8, coalesce(substation_id, 0)::float8,
       customers::float8, above_feeder_head::integer::float8
     from oms_meters
     where status = 'active'
     order by id`,
    6,
  );
  const [key, deviceKey, feederKey, substationKey, customers, isAboveFeederHead] = meters as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return buildNetwork(rows.map(toDeviceRecord), {
    key,
    deviceKey,
    feederKey,
    substationKey,
    customers: Int32Array.from(customers),
    isAboveFeederHead: Uint8Array.from(isAboveFeederHead),
  });
}

function toDeviceRecord(row: DeviceRow): DeviceRecord {
  return {
    key: row.id,
    code: row.device_id,
    kind: row.kind,
    upstreamKey: row.upstream_id,
    substationKey: row.substation_id,
    feederKey: row.feeder_id,
    isNormallyOpen: row.normally_open,
    isFeederHead: row.is_feeder_head,
    isImplied: row.implied,
  };
}
