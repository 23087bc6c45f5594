import {
  buildNetwork,
  type MeterColumns,
  type Network,
  protectionOf,
  type TrackingSite,
} from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import type { Queryable } from '../queryable.ts';
import { KeyNumbers } from './key-numbers.ts';
import { loadDevices } from './load-devices.ts';
import { ALL_PHASES, phaseBits } from './phase-bits.ts';
import { readCopyRows } from './read-copy-rows.ts';

/** How often the registry has changed; a network is current while this is the number it was loaded under. */
export async function readRegistryRevision(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ revision: string }>('select revision from oms_registry_revisions');
  return rows[0]?.revision ?? '0';
}

/**
 * The active meters as the network is built from them: key, device, where there is none feeder and substation, cell and
 * terminal as hashes, customers, and bits. A terminal is told by its id, else by its serial number.
 */
export const METER_QUERY = `
  select id, device_id, case when device_id is null then feeder_id end, case when device_id is null then substation_id end,
    hashtextextended(cell, 0), coalesce(hashint8extended(onu_id, 0), hashtextextended(onu_serial_no, 0)), customers,
    ${phaseBits('phases')} + (asset_mrid is not null or usage_point_mrid is not null)::integer * 8 + above_feeder_head::integer * 16
  from oms_meters where status = 'active' order by id`;

/** How many columns `METER_QUERY` has. */
export const METER_COLUMNS = 8;

/** The meters in the order of their keys; the network's columns, and what the tracker must know beside them. */
interface LoadedMeters {
  readonly columns: MeterColumns;
  /** Numbered from 0; -1 for that of the device. */
  readonly cell: Int32Array;
  /** Numbered from 0; -1 where there is none. */
  readonly terminal: Int32Array;
  /** 8 where the head-end knows the meter, and the bits of its phases. */
  readonly bits: Uint8Array;
}

/** The registry's devices and active meters as a network, as the switches stand. */
export async function loadNetwork(client: PoolClient): Promise<Network> {
  const { records } = await loadDevices(client);
  const { columns } = await loadMeters(client);
  return buildNetwork(records, columns);
}

/**
 * The same with what the tracker must know of each meter. Meters without a cell of their own share one with those that hang on the
 * same protective device. A meter is smart where the head-end knows it; where it is said to know none, it calls meters by their numbers and
 * knows all.
 */
export async function loadTrackingSite(client: PoolClient): Promise<TrackingSite> {
  const { records, phases } = await loadDevices(client);
  const { columns, cell, terminal, bits } = await loadMeters(client);
  const network = buildNetwork(records, columns);
  const { meterCount, positionsByKey } = network;
  const meters = {
    cell: new Int32Array(meterCount),
    terminal: new Int32Array(meterCount),
    isSmart: new Uint8Array(meterCount),
    phases: new Uint8Array(meterCount),
  };
  const deviceOf = deviceOfPositions(network);
  const isAnyKnown = bits.some((own) => own >> 3 === 1);
  for (let i = 0; i < meterCount; i++) {
    const position = positionsByKey[i] as number;
    const own = cell[i] as number;
    // Cells that are told ascend from 0, those of devices descend from -1.
    meters.cell[position] = own < 0 ? -1 - (deviceOf[position] as number) : own;
    meters.terminal[position] = terminal[i] as number;
    meters.isSmart[position] = isAnyKnown ? (bits[i] as number) >> 3 : 1;
    meters.phases[position] = (bits[i] as number) & ALL_PHASES;
  }
  const devicePhases = Uint8Array.from(network.devices, ({ key }) => phases.get(key) ?? ALL_PHASES);
  return { network, meters, devicePhases };
}

async function loadMeters(client: PoolClient): Promise<LoadedMeters> {
  // Room for what the planner believes to be there; one more half each time that is not enough.
  let room = await estimateMeters(client);
  let count = 0;
  const columns = {
    key: new Float64Array(room),
    deviceKey: new Float64Array(room),
    feederKey: new Float64Array(room),
    substationKey: new Float64Array(room),
    customers: new Int32Array(room),
    isAboveFeederHead: new Uint8Array(room),
    cell: new Int32Array(room),
    terminal: new Int32Array(room),
    bits: new Uint8Array(room),
  };
  const cells = new KeyNumbers();
  const terminals = new KeyNumbers();
  await readCopyRows(client, METER_QUERY, METER_COLUMNS, (row) => {
    if (count === room) {
      room = Math.ceil(room * 1.5);
      for (const name of Object.keys(columns) as (keyof typeof columns)[])
        Object.assign(columns, { [name]: grow(columns[name], room) });
    }
    columns.key[count] = row.key(0);
    if (row.isNull(1)) {
      columns.feederKey[count] = row.key(2);
      columns.substationKey[count] = row.key(3);
    } else columns.deviceKey[count] = row.key(1);
    columns.cell[count] = row.isNull(4) ? -1 : cells.of(row.hash(4));
    columns.terminal[count] = row.isNull(5) ? -1 : terminals.of(row.hash(5));
    columns.customers[count] = row.int(6);
    const bits = row.int(7);
    columns.isAboveFeederHead[count] = bits >> 4;
    columns.bits[count] = bits & 15;
    count++;
  });
  const { key, deviceKey, feederKey, substationKey, customers, isAboveFeederHead, cell, terminal, bits } =
    columns;
  return {
    columns: {
      key: key.subarray(0, count),
      deviceKey: deviceKey.subarray(0, count),
      feederKey: feederKey.subarray(0, count),
      substationKey: substationKey.subarray(0, count),
      customers: customers.subarray(0, count),
      isAboveFeederHead: isAboveFeederHead.subarray(0, count),
    },
    cell,
    terminal,
    bits: bits.subarray(0, count),
  };
}

async function estimateMeters(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ meters: number }>(
    `select greatest(reltuples, 0)::float8 as meters from pg_class where oid = 'oms_meters'::regclass`,
  );
  return Math.ceil((rows[0]?.meters ?? 0) * 1.02) + 1_024;
}

function grow<Column extends Float64Array | Int32Array | Uint8Array>(column: Column, length: number): Column {
  const longer = new (column.constructor as new (length: number) => Column)(length);
  longer.set(column);
  return longer;
}

/** The protective device that each meter hangs on, by position; one past the last device for what nothing feeds. */
function deviceOfPositions(network: Network): Int32Array {
  const { firstMeter, deviceCount, meterCount } = network;
  const deviceOf = new Int32Array(meterCount).fill(deviceCount);
  for (let device = 0; device < deviceCount; device++) {
    const [from, to] = [firstMeter[device] as number, firstMeter[device + 1] as number];
    if (to > from) deviceOf.fill(protectionOf(network, device), from, to);
  }
  return deviceOf;
}
