import { buildTopology } from './build-topology.ts';
import { BUNDLE_FILES, type BundleFile } from './bundle-format.ts';
import { MeterChecks } from './check-meters.ts';
import { type Finding, type FindingCode, FindingLog } from './finding.ts';
import { IdIndex } from './id-index.ts';
import type { CustomerRow, MeterRow, Place } from './network-rows.ts';
import type { NetworkSource } from './open-bundle.ts';
import { type LinkSource, type MeterPlace, MeterPlacer } from './place-meters.ts';
import type { Topology } from './topology.ts';

/** A meter with where it hangs. */
export interface PlacedMeter {
  readonly row: MeterRow;
  readonly place: MeterPlace;
}

/** Takes what is streamed; each call is awaited before the next part is read. */
export interface NetworkSink {
  readonly onCustomers: (rows: readonly CustomerRow[]) => Promise<void>;
  readonly onMeters: (meters: readonly PlacedMeter[]) => Promise<void>;
  /** Told how many rows of a file have been read, now and then and at its end. */
  readonly onProgress: (file: BundleFile, rows: number) => void;
}

/** What the quality report says of one file. */
export interface FileQuality {
  /** Rows in the file, those left out included. */
  readonly rows: number;
  readonly leftOut: number;
  /** Rows taken without coordinates, which is normal; null for a file that has none. */
  readonly withoutCoordinates: number | null;
}

/** The quality report of a network's data: the same for the same data. */
export interface QualityReport {
  readonly files: Readonly<Record<BundleFile, FileQuality>>;
  /** How many meters are linked by what. */
  readonly links: Readonly<Record<LinkSource, number>>;
  /** How many findings there are of each code. */
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>;
  /** The findings, at most a thousand of each code. */
  readonly findings: readonly Finding[];
  readonly rowsLeftOut: number;
}

/** A network read to its end. */
export interface NetworkReading {
  readonly topology: Topology;
  readonly report: QualityReport;
}

/** Told after so many rows; a bar that moves every second is enough. */
const PROGRESS_ROWS = 50_000;

/**
 * Reads a network: tables and tree first, then customers and meters in parts to `sink`. Meters without a link
 * come last, from a second reading of the file, since a neighbour in their building may stand below them.
 */
export async function readNetwork(source: NetworkSource, sink: NetworkSink): Promise<NetworkReading> {
  const findings = new FindingLog();
  const tables = await source.readTables(findings);
  const counts: Record<BundleFile, number> = {
    'substations.csv': tables.substations.length,
    'feeders.csv': tables.feeders.length,
    'devices.csv': tables.devices?.length ?? 0,
    'distribution_points.csv': tables.distributionPoints.length,
    'customers.csv': 0,
    'meters.csv': 0,
  };
  for (const file of BUNDLE_FILES) counts[file] += findings.leftOut(file);
  const topology = buildTopology(tables, findings);
  for (const file of BUNDLE_FILES) if (counts[file] > 0) sink.onProgress(file, counts[file]);

  const count = (file: BundleFile, rows: number): void => {
    const before = Math.floor(counts[file] / PROGRESS_ROWS);
    counts[file] += rows;
    if (Math.floor(counts[file] / PROGRESS_ROWS) > before) sink.onProgress(file, counts[file]);
  };
  const customerIds = source.columns.has('customers.csv') ? new IdIndex() : null;
  for await (const rows of source.customers(findings)) {
    for (const { customerId } of rows) customerIds?.add(customerId);
    count('customers.csv', rows.length);
    await sink.onCustomers(rows);
  }
  const { links, metersWithoutCoordinates } = await readMeters(
    source,
    sink,
    topology,
    findings,
    customerIds,
    count,
  );
  for (const file of ['customers.csv', 'meters.csv'] as const) {
    counts[file] += findings.leftOut(file);
    if (counts[file] > 0) sink.onProgress(file, counts[file]);
  }

  const without: Readonly<Record<BundleFile, number | null>> = {
    'substations.csv': countWithoutCoordinates(tables.substations),
    'feeders.csv': countWithoutCoordinates(tables.feeders),
    'devices.csv': countWithoutCoordinates(tables.devices ?? []),
    'distribution_points.csv': countWithoutCoordinates(tables.distributionPoints),
    'customers.csv': null,
    'meters.csv': metersWithoutCoordinates,
  };
  const files = {} as Record<BundleFile, FileQuality>;
  for (const file of BUNDLE_FILES)
    files[file] = { rows: counts[file], leftOut: findings.leftOut(file), withoutCoordinates: without[file] };
  const report: QualityReport = {
    files,
    links,
    counts: findings.counts(),
    findings: findings.list(),
    rowsLeftOut: BUNDLE_FILES.reduce((sum, file) => sum + findings.leftOut(file), 0),
  };
  return { topology, report };
}

/** The quality report alone, of data that goes nowhere. */
export async function checkNetwork(source: NetworkSource): Promise<QualityReport> {
  const nothing = async (): Promise<void> => undefined;
  const reading = await readNetwork(source, {
    onCustomers: nothing,
    onMeters: nothing,
    onProgress: () => undefined,
  });
  return reading.report;
}

async function readMeters(
  source: NetworkSource,
  sink: NetworkSink,
  topology: Topology,
  findings: FindingLog,
  customerIds: IdIndex | null,
  count: (file: BundleFile, rows: number) => void,
): Promise<{ readonly links: Record<LinkSource, number>; readonly metersWithoutCoordinates: number }> {
  const links: Record<LinkSource, number> = { explicit: 0, building: 0, proximity: 0, none: 0 };
  const checks = new MeterChecks(findings, customerIds);
  const placer = new MeterPlacer(topology, findings);
  const unlinkedLines: number[] = [];
  const linesWithoutAsset = new Set<number>();
  let metersWithoutCoordinates = 0;
  for await (const rows of source.meters(findings)) {
    const placed: PlacedMeter[] = [];
    for (const given of rows) {
      if (given.lat === null) metersWithoutCoordinates += 1;
      const row = checks.check(given);
      const place = placer.placeByLink(row);
      if (place !== null) {
        placed.push({ row, place });
        continue;
      }
      unlinkedLines.push(row.line);
      if (row !== given) linesWithoutAsset.add(row.line);
    }
    links.explicit += placed.length;
    count('meters.csv', rows.length);
    await sink.onMeters(placed);
  }
  checks.tellOnusWithoutSerial();

  let next = 0;
  if (unlinkedLines.length > 0) {
    // What is wrong with the rows has been told in the first reading.
    for await (const rows of source.meters(new FindingLog())) {
      const placed: PlacedMeter[] = [];
      for (const given of rows) {
        if (given.line !== unlinkedLines[next]) continue;
        next += 1;
        const row = linesWithoutAsset.has(given.line) ? { ...given, assetMrid: null } : given;
        const place = placer.placeByFallback(row);
        links[place.linkSource] += 1;
        placed.push({ row, place });
      }
      await sink.onMeters(placed);
      if (next === unlinkedLines.length) break;
    }
  }
  if (next < unlinkedLines.length) throw new Error('meters.csv changed while it was read');
  placer.tellIslands();
  return { links, metersWithoutCoordinates };
}

function countWithoutCoordinates(rows: readonly Place[]): number {
  return rows.reduce((sum, { lat }) => sum + (lat === null ? 1 : 0), 0);
}
