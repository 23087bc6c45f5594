import { buildNetwork, type DeviceRecord, type Network, type TrackingSite } from '@lastgasp/engine';
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
  phases: number;
}

/** A, B and C. */
const ALL_PHASES = 7;

const DEVICES = `
  select id::float8, device_id, kind, upstream_id::float8, substation_id::float8, feeder_id::float8, normally_open, is_feeder_head,
    implied, ${phaseBits('phases')} as phases
  from network_devices`;

const PLACE_COLUMNS = `id::float8, coalesce(device_id, 0)::float8, coalesce(feeder_id, 0)::float8, coalesce(substation_id, 0)::float8,
  customers::float8, above_feeder_head::integer::float8`;

/** The registry's devices and active meters as a network. */
export async function loadNetwork(client: PoolClient): Promise<Network> {
  const { rows } = await client.query<DeviceRow>(DEVICES);
  const columns = await readCopyColumns(
    client,
    `select ${PLACE_COLUMNS} from oms_meters where status = 'active' order by id`,
    6,
  );
  return toNetwork(rows, columns);
}

/**
 * The same with what the tracker must know of each meter. Meters without a cell of their own share one with those that hang on the
 * same device. A terminal is told by its id, else by its serial number; a meter is smart where the head-end knows it.
 */
export async function loadTrackingSite(client: PoolClient): Promise<TrackingSite> {
  const { rows } = await client.query<DeviceRow>(DEVICES);
  const columns = await readCopyColumns(
    client,
    `select ${PLACE_COLUMNS}, coalesce(hashtextextended(cell, 0)::float8, 'NaN'),
       coalesce(onu_id::float8, hashtextextended(onu_serial_no, 0)::float8, 'NaN'),
       (asset_mrid is not null or usage_point_mrid is not null)::integer::float8, ${phaseBits('phases')}::float8
     from oms_meters where status = 'active' order by id`,
    10,
  );
  const network = toNetwork(rows, columns);
  const [cells, terminals, smart, phases] = columns.slice(6) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { meterCount, positionsByKey } = network;
  const meters = {
    cell: new Int32Array(meterCount),
    terminal: new Int32Array(meterCount).fill(-1),
    isSmart: new Uint8Array(meterCount),
    phases: new Uint8Array(meterCount),
  };
  const cellNumbers = new Map<number, number>();
  const terminalNumbers = new Map<number, number>();
  const numberOf = (numbers: Map<number, number>, of: number): number => {
    const known = numbers.get(of);
    if (known !== undefined) return known;
    numbers.set(of, numbers.size);
    return numbers.size - 1;
  };
  const deviceOf = deviceOfPositions(network);
  for (let i = 0; i < meterCount; i++) {
    const position = positionsByKey[i] as number;
    const cell = cells[i] as number;
    const terminal = terminals[i] as number;
    // Cells that are told ascend from 0, those of devices descend from -1.
    meters.cell[position] = Number.isNaN(cell)
      ? -1 - (deviceOf[position] as number)
      : numberOf(cellNumbers, cell);
    if (!Number.isNaN(terminal)) meters.terminal[position] = numberOf(terminalNumbers, terminal);
    meters.isSmart[position] = smart[i] as number;
    meters.phases[position] = phases[i] as number;
  }
  const phasesOf = new Map(rows.map((row) => [row.id, row.phases]));
  const devicePhases = Uint8Array.from(network.devices, ({ key }) => phasesOf.get(key) ?? ALL_PHASES);
  return { network, meters, devicePhases };
}

/** SQL that turns phases such as ABC or A into bits: 1 is A, 2 is B, 4 is C; unknown ones are all. */
function phaseBits(column: string): string {
  const bits = ['A', 'B', 'C'].map((phase, i) => `(upper(${column}) like '%${phase}%')::integer * ${2 ** i}`);
  return `coalesce(nullif(${bits.join(' + ')}, 0), ${ALL_PHASES})`;
}

/** The device that each meter hangs on, by position; one past the last device for what nothing feeds. */
function deviceOfPositions({ firstMeter, deviceCount, meterCount }: Network): Int32Array {
  const deviceOf = new Int32Array(meterCount).fill(deviceCount);
  for (let device = 0; device < deviceCount; device++) {
    deviceOf.fill(device, firstMeter[device], firstMeter[device + 1]);
  }
  return deviceOf;
}

function toNetwork(rows: readonly DeviceRow[], columns: readonly Float64Array[]): Network {
  const [key, deviceKey, feederKey, substationKey, customers, isAboveFeederHead] = columns as [
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
