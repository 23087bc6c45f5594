import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { err, ok, type Result } from '@lastgasp/model';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  type BundleFile,
  type FileFormat,
  RARE_COLUMNS,
} from './bundle-format.ts';
import type { FindingLog } from './finding.ts';
import { IdIndex } from './id-index.ts';
import type { CustomerRow, MeterRow, NetworkTables } from './network-rows.ts';
import {
  CUSTOMER_RECORD,
  DEVICE_RECORD,
  DISTRIBUTION_POINT_RECORD,
  FEEDER_RECORD,
  METER_RECORD,
  type RecordFormat,
  SUBSTATION_RECORD,
} from './read-bundle-rows.ts';
import { type FileError, readCsvHeader, readCsvRows } from './read-csv-file.ts';
import { RowReader } from './row-reader.ts';

/** A network as the import takes it, wherever it comes from: some tables at once, the large ones streamed. */
export interface NetworkSource {
  /** Where it comes from, for the report. */
  readonly name: string;
  /** Columns that the data has, by file; the registry keeps what it knows of the others. */
  readonly columns: ReadonlyMap<BundleFile, ReadonlySet<string>>;
  /** The tables of the network; what is wrong with a row goes to `findings`. */
  readTables(findings: FindingLog): Promise<NetworkTables>;
  /** The customers in parts; empty where the utility gives none. */
  customers(findings: FindingLog): AsyncIterable<readonly CustomerRow[]>;
  /** The meters in parts; each call begins again. */
  meters(findings: FindingLog): AsyncIterable<readonly MeterRow[]>;
}

/**
 * Opens the folder of a network bundle: reads every header, and refuses the bundle with all reasons at once
 * when a required file or column is missing, a column stands twice, or a file is no UTF-8 CSV.
 */
export async function openBundle(folder: string): Promise<Result<NetworkSource, readonly FileError[]>> {
  const errors: FileError[] = [];
  const headers = new Map<BundleFile, readonly string[]>();
  if (!(await isFolder(folder))) {
    const message = `${folder} is no folder; a network bundle is a folder with substations.csv, feeders.csv and meters.csv`;
    return err([{ file: basename(folder), field: null, message }]);
  }
  for (const file of BUNDLE_FILES) {
    const format: FileFormat = BUNDLE_FORMAT[file];
    const path = join(folder, file);
    if (!(await isFile(path))) {
      if (format.required) errors.push({ file, field: null, message: `${file} is missing in ${folder}` });
      continue;
    }
    const header = await readCsvHeader(path);
    if (!header.ok) {
      errors.push(header.error);
      continue;
    }
    for (const field of format.keyColumns) {
      if (!header.value.includes(field))
        errors.push({ file, field, message: `${file} has no column ${field}` });
    }
    headers.set(file, header.value);
  }
  return errors.length > 0 ? err(errors) : ok(new CsvBundle(folder, headers));
}

class CsvBundle implements NetworkSource {
  readonly name: string;
  readonly columns: ReadonlyMap<BundleFile, ReadonlySet<string>>;
  readonly #folder: string;
  readonly #headers: ReadonlyMap<BundleFile, readonly string[]>;

  constructor(folder: string, headers: ReadonlyMap<BundleFile, readonly string[]>) {
    this.name = basename(folder);
    this.#folder = folder;
    this.#headers = headers;
    this.columns = new Map([...headers].map(([file, header]) => [file, new Set(header)]));
  }

  async readTables(findings: FindingLog): Promise<NetworkTables> {
    for (const [file, header] of this.#headers) noteColumns(file, header, findings);
    return {
      substations: await this.#readAll('substations.csv', SUBSTATION_RECORD, findings),
      feeders: await this.#readAll('feeders.csv', FEEDER_RECORD, findings),
      devices: this.#headers.has('devices.csv')
        ? await this.#readAll('devices.csv', DEVICE_RECORD, findings)
        : null,
      distributionPoints: await this.#readAll('distribution_points.csv', DISTRIBUTION_POINT_RECORD, findings),
    };
  }

  customers(findings: FindingLog): AsyncIterable<readonly CustomerRow[]> {
    return this.#read('customers.csv', CUSTOMER_RECORD, findings);
  }

  meters(findings: FindingLog): AsyncIterable<readonly MeterRow[]> {
    return this.#read('meters.csv', METER_RECORD, findings);
  }

  async #readAll<T>(file: BundleFile, format: RecordFormat<T>, findings: FindingLog): Promise<T[]> {
    const rows: T[] = [];
    for await (const part of this.#read(file, format, findings)) {
      for (const row of part) rows.push(row);
    }
    return rows;
  }

  /** Rows that can be told from all others: one without an id and a second one with the same id are left out. */
  async *#read<T>(
    file: BundleFile,
    format: RecordFormat<T>,
    findings: FindingLog,
  ): AsyncGenerator<readonly T[]> {
    const header = this.#headers.get(file);
    if (header === undefined) return;
    const reader = new RowReader(file, header, findings);
    const ids = new IdIndex();
    for await (const { rows, badRows } of readCsvRows(join(this.#folder, file))) {
      for (const { line, reason } of badRows)
        findings.add({ code: 'malformed_row', file, line, field: null, id: null, reason, leftOut: true });
      const part: T[] = [];
      for (const row of rows) {
        const id = reader.open(row, format.idColumn);
        if (id === '') {
          reader.note('missing_id', format.idColumn, 'has no id', true);
          continue;
        }
        const known = ids.size;
        if (ids.add(id) !== known) {
          reader.note(
            'duplicate',
            format.idColumn,
            `${id} stands in the file twice; the first row counts`,
            true,
          );
          continue;
        }
        part.push(format.read(reader, id));
      }
      yield part;
    }
  }
}

function noteColumns(file: BundleFile, header: readonly string[], findings: FindingLog): void {
  const { keyColumns, otherColumns }: FileFormat = BUNDLE_FORMAT[file];
  const note = (code: 'column_ignored' | 'column_absent', field: string, reason: string): void =>
    findings.add({ code, file, line: null, field, id: null, reason, leftOut: false });
  for (const name of header) {
    if (name !== '' && !keyColumns.includes(name) && !otherColumns.includes(name))
      note('column_ignored', name.slice(0, 100), 'is not part of a network bundle and is not read');
  }
  for (const name of otherColumns) {
    if (!header.includes(name) && !RARE_COLUMNS.has(name))
      note('column_absent', name, 'is not in the file; what the registry knows of it stays');
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await statOrNull(path))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOrNull(path))?.isDirectory() ?? false;
}

async function statOrNull(path: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'ENOENT' ||
      (error as NodeJS.ErrnoException).code === 'ENOTDIR'
    )
      return null;
    throw error;
  }
}
