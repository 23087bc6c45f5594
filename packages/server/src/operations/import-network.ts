import type { PoolClient } from 'pg';
import type { BundleFile } from '../network/bundle-format.ts';
import { circuitPath } from '../network/circuit-path.ts';
import { type NetworkSource, openBundle } from '../network/open-bundle.ts';
import type { FileError } from '../network/read-csv-file.ts';
import {
  type NetworkReading,
  type PlacedMeter,
  type QualityReport,
  readNetwork,
} from '../network/read-network.ts';
import { NONE } from '../network/topology.ts';
import type { Database } from '../store/connect.ts';
import { type CopyValue, RowCopy } from '../store/copy-rows.ts';
import { createPool, withTransaction } from '../store/pool.ts';
import { analyzeRegistry, analyzeStaging } from '../store/queries/network/analyze-registry.ts';
import { beginImport } from '../store/queries/network/begin-import.ts';
import { createStagingTables } from '../store/queries/network/create-staging-tables.ts';
import {
  findGoneRows,
  type GoneRows,
  type TableWithGoneRows,
} from '../store/queries/network/find-gone-rows.ts';
import { refreshTransfers } from '../store/queries/network/refresh-transfers.ts';
import { rematchKeptEvents } from '../store/queries/network/rematch-kept-events.ts';
import { setCircuitPaths } from '../store/queries/network/set-circuit-paths.ts';
import { storeCustomers } from '../store/queries/network/store-customers.ts';
import { storeDevices } from '../store/queries/network/store-devices.ts';
import { storeDistributionPoints } from '../store/queries/network/store-distribution-points.ts';
import { storeFeeders } from '../store/queries/network/store-feeders.ts';
import { type MovedAsset, storeMeters } from '../store/queries/network/store-meters.ts';
import type { RowChanges } from '../store/queries/network/store-rows.ts';
import { storeSubstations } from '../store/queries/network/store-substations.ts';

/** The tables that an import writes. */
export type ImportedTable =
  | 'substations'
  | 'feeders'
  | 'devices'
  | 'distributionPoints'
  | 'customers'
  | 'meters';

/** What an import found and did; the same import again finds the same and changes nothing. */
export interface ImportReport {
  /** Name of the bundle. */
  readonly name: string;
  /** True where nothing was kept: the changes are those that it would have made. */
  readonly isDryRun: boolean;
  readonly quality: QualityReport;
  readonly changes: Readonly<Record<ImportedTable, RowChanges>>;
  /** What the registry has of the bundle's substations and the bundle has not; it is kept. */
  readonly gone: Readonly<Record<TableWithGoneRows, GoneRows>>;
  /** Asset mRIDs that another meter, which the bundle does not have, had to give up. */
  readonly movedAssets: readonly MovedAsset[];
  /** Kept events that found their meter, feeder or substation by this import. */
  readonly rematchedEvents: number;
}

/** One step of an import that is done, or is on its way with so many rows. */
export interface ImportProgress {
  readonly step: string;
  readonly rows: number | null;
}

/** How an import runs. */
export interface ImportOptions {
  /** Do everything and keep nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** A bundle that cannot be taken at all; `errors` has each reason, naming file and column. */
export class NetworkBundleError extends Error {
  override readonly name = 'NetworkBundleError';
  readonly errors: readonly FileError[];

  constructor(errors: readonly FileError[]) {
    super(errors.map(({ message }) => message).join('\n'));
    this.errors = errors;
  }
}

/**
 * Takes the network bundle of `folder` into the registry, in one transaction: what is new is added, what
 * differs is changed, reported states and ids stay. Throws `NetworkBundleError` where a file or column is
 * missing; bad rows are findings of the report.
 */
export async function importNetwork(
  database: Pick<Database, 'url'>,
  folder: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const source = await openBundle(folder);
  if (!source.ok) throw new NetworkBundleError(source.error);
  // A connection of its own: statements may run as long as the network is large.
  const pool = createPool(database.url, {
    applicationName: 'lastgasp import',
    max: 1,
    statementTimeoutMs: 0,
  });
  try {
    const report = await withTransaction(pool, async (client) => {
      const done = await importInto(client, source.value, options);
      if (options.dryRun === true) throw new DryRunEnd(done);
      return done;
    });
    await analyzeRegistry(pool);
    return report;
  } catch (error) {
    if (error instanceof DryRunEnd) return error.report;
    throw error;
  } finally {
    await pool.end();
  }
}

/** Thrown to end the transaction of a dry run with nothing kept. */
class DryRunEnd extends Error {
  readonly report: ImportReport;

  constructor(report: ImportReport) {
    super('dry run');
    this.report = report;
  }
}

async function importInto(
  client: PoolClient,
  source: NetworkSource,
  { dryRun = false, onProgress = () => undefined }: ImportOptions,
): Promise<ImportReport> {
  const say = (step: string, rows: number | null = null): void => onProgress({ step, rows });
  await beginImport(client);
  await createStagingTables(client);
  const { topology, report: quality } = await stageNetwork(client, source, say);
  await stageTables(client, topology);
  await analyzeStaging(client);

  const columnsOf = (file: BundleFile): readonly string[] => [...(source.columns.get(file) ?? [])];
  say('storing the network');
  const substations = await storeSubstations(client, columnsOf('substations.csv'));
  const feeders = await storeFeeders(client, columnsOf('feeders.csv'));
  const devices = await storeDevices(client, columnsOf('devices.csv'));
  const distributionPoints = await storeDistributionPoints(client, columnsOf('distribution_points.csv'));
  say('storing customers');
  const customers = await storeCustomers(client, columnsOf('customers.csv'));
  say('storing meters');
  const { movedAssets, ...meters } = await storeMeters(client, columnsOf('meters.csv'));
  await setCircuitPaths(client);
  await refreshTransfers(client);
  const gone = await findGoneRows(client);
  say('matching kept events');
  const rematchedEvents = await rematchKeptEvents(client);
  const changes = { substations, feeders, devices, distributionPoints, customers, meters };
  return { name: source.name, isDryRun: dryRun, quality, changes, gone, movedAssets, rematchedEvents };
}

/** Reads the network, with customers and meters going straight to the staging tables. */
async function stageNetwork(
  client: PoolClient,
  source: NetworkSource,
  say: (step: string, rows: number) => void,
): Promise<NetworkReading> {
  let copy: { readonly target: string; readonly rows: RowCopy } | null = null;
  // A connection carries one COPY at a time.
  const copyInto = async (target: string | null): Promise<RowCopy | null> => {
    if (copy !== null && copy.target !== target) {
      await copy.rows.end();
      copy = null;
    }
    if (target === null) return null;
    copy ??= { target, rows: new RowCopy(client, target) };
    return copy.rows;
  };
  const reading = await readNetwork(source, {
    onCustomers: async (rows) => {
      const target = await copyInto('staged_customers (customer_id, name, phone, address, building_id)');
      await target?.write(
        rows.map((row) => [row.customerId, row.name, row.phone, row.address, row.buildingId]),
      );
    },
    onMeters: async (meters) => {
      const target = await copyInto(STAGED_METERS);
      await target?.write(meters.map(toStagedMeter));
    },
    onProgress: (file, rows) => say(`reading ${file}`, rows),
  });
  await copyInto(null);
  return reading;
}

const STAGED_METERS = `staged_meters (meter_number, customer_id, substation, feeder, distribution_point, device,
  above_feeder_head, link_source, link_distance_m, lat, lng, building_id, customers, priority, phases, cell, asset_mrid,
  usage_point_mrid, onu_id, onu_serial_no, meter_type)`;

const indexOrNull = (index: number): number | null => (index === NONE ? null : index);

function toStagedMeter({ row, place }: PlacedMeter): readonly CopyValue[] {
  return [
    row.meterNumber,
    row.customerId,
    indexOrNull(place.substation),
    indexOrNull(place.feeder),
    indexOrNull(place.distributionPoint),
    indexOrNull(place.device),
    place.isAboveFeederHead,
    place.linkSource,
    place.linkDistanceM,
    row.lat,
    row.lng,
    row.buildingId,
    row.customers,
    row.priority,
    row.phases,
    row.cell,
    row.assetMrid,
    row.usagePointMrid,
    row.onuId,
    row.onuSerialNo,
    row.meterType,
  ];
}

/** Stages what was read as a whole; after the meters, which may have made devices of distribution points. */
async function stageTables(client: PoolClient, topology: NetworkReading['topology']): Promise<void> {
  await copyRows(
    client,
    'staged_substations (position, substation_id, name, lat, lng, region_code, voltage_level)',
    topology.substations.map((row, index) => [
      index,
      row.substationId,
      row.name,
      row.lat,
      row.lng,
      row.regionCode,
      row.voltageLevel,
    ]),
  );
  await copyRows(
    client,
    'staged_feeders (position, feeder_id, substation, name, lat, lng, capacity_kva)',
    topology.feeders.map((row, index) => [
      index,
      row.feederId,
      topology.substationOfFeeder[index] ?? null,
      row.name,
      row.lat,
      row.lng,
      row.capacityKva,
    ]),
  );
  await copyRows(
    client,
    `staged_devices (position, device_id, kind, name, substation, feeder, upstream, normally_open, other_end, phases, is_feeder_head,
      implied, lat, lng, circuit_path)`,
    stagedDevices(topology),
  );
  await copyRows(
    client,
    'staged_distribution_points (position, dp_id, feeder, device, name, lat, lng, building_id)',
    topology.distributionPoints.map(({ row, feeder, device }, index) => [
      index,
      row.dpId,
      indexOrNull(feeder),
      indexOrNull(device),
      row.name,
      row.lat,
      row.lng,
      row.buildingId,
    ]),
  );
}

function* stagedDevices(topology: NetworkReading['topology']): Generator<readonly CopyValue[]> {
  for (const [index, device] of topology.devices.entries()) {
    yield [
      index,
      device.deviceId,
      device.kind,
      device.name,
      indexOrNull(device.substation),
      indexOrNull(device.feeder),
      indexOrNull(device.upstream),
      device.normallyOpen,
      indexOrNull(device.otherEnd),
      device.phases,
      device.isFeederHead,
      device.implied,
      device.lat,
      device.lng,
      circuitPath(topology, index),
    ];
  }
}

async function copyRows(
  client: PoolClient,
  target: string,
  rows: Iterable<readonly CopyValue[]>,
): Promise<void> {
  const copy = new RowCopy(client, target);
  await copy.write(rows);
  await copy.end();
}
