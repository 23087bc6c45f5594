import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { err, ok, type Result } from '@lastgasp/model';
import { type CsvBatch, parseCsv } from './parse-csv.ts';

/** Why a whole file cannot be used. */
export interface FileError {
  readonly file: string;
  /** The column that is missing or stands twice; null where it is not about one. */
  readonly field: string | null;
  /** One sentence that begins with the file's name. */
  readonly message: string;
}

/** 256 KiB: larger pieces gain nothing, smaller ones cost more turns. */
const PIECE_BYTES = 262_144;

/**
 * The header of a CSV file: column names trimmed and in lower case. Refuses an empty file, a column that
 * stands twice, and UTF-16, which spreadsheets write.
 */
export async function readCsvHeader(path: string): Promise<Result<readonly string[], FileError>> {
  const file = basename(path);
  const refuse = (message: string, field: string | null = null): Result<never, FileError> =>
    err({ file, field, message: `${file} ${message}` });

  if (await isUtf16(path)) return refuse('is written in UTF-16; save it as CSV UTF-8');
  let header: readonly string[] | undefined;
  for await (const { rows, badRows } of parseCsv(decodedPieces(path))) {
    const first = rows[0];
    const bad = badRows[0];
    if (bad !== undefined && (first === undefined || bad.line < first.line))
      return refuse(`cannot be read: its header ${bad.reason}`);
    header = first?.values.map((name) => name.trim().toLowerCase());
    if (header !== undefined) break;
  }
  if (header === undefined) return refuse('has no header row');
  const seen = new Set<string>();
  for (const name of header) {
    if (name !== '' && seen.has(name)) return refuse(`has the column ${name} twice in its header`, name);
    seen.add(name);
  }
  return ok(header);
}

/**
 * The rows below the header, streamed: UTF-8 with or without byte order mark. A row with more or fewer
 * fields than the header comes among `badRows`. Bytes that are no UTF-8 become U+FFFD.
 */
export async function* readCsvRows(path: string): AsyncGenerator<CsvBatch> {
  let width: number | undefined;
  for await (const batch of parseCsv(decodedPieces(path))) {
    const rows = [...batch.rows];
    width ??= rows.shift()?.values.length;
    const isRegular = (row: { readonly values: readonly string[] }): boolean => row.values.length === width;
    if (rows.every(isRegular)) {
      yield { rows, badRows: batch.badRows };
      continue;
    }
    const irregular = rows
      .filter((row) => !isRegular(row))
      .map((row) => ({
        line: row.line,
        reason: `has ${row.values.length} fields where the header has ${width}`,
      }));
    const badRows = [...batch.badRows, ...irregular].sort((a, b) => a.line - b.line);
    yield { rows: rows.filter(isRegular), badRows };
  }
}

async function* decodedPieces(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const bytes of createReadStream(path, { highWaterMark: PIECE_BYTES }))
    yield decoder.decode(bytes as Buffer, { stream: true });
  yield decoder.decode();
}

async function isUtf16(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const [first, second, third] = buffer;
    if (bytesRead < 2) return false;
    return (
      (first === 0xff && second === 0xfe) ||
      (first === 0xfe && second === 0xff) ||
      (first !== 0 && second === 0 && third !== 0)
    );
  } finally {
    await handle.close();
  }
}
