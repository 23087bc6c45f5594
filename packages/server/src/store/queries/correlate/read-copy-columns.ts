import { finished } from 'node:stream';
import type { PoolClient } from 'pg';
import { type CopyToStream, to as copyTo } from 'pg-copy-streams';

// The binary COPY format: a head of 11 bytes signature, 4 of flags, 4 of extension length; then for each row a
// count of fields, and each field with its length; a count of -1 ends it.
const SIGNATURE_BYTES = 11;
const HEAD_BYTES = SIGNATURE_BYTES + 4 + 4;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const END = -1;

/**
 * The rows of a query whose columns are all `float8 not null`, as one Float64Array a column. Two million rows of six columns take
 * about 2 s, where rows as objects take 10 and a gigabyte.
 */
export async function readCopyColumns(
  client: PoolClient,
  query: string,
  columnCount: number,
): Promise<readonly Float64Array[]> {
  const rowBytes = COUNT_BYTES + columnCount * (LENGTH_BYTES + 8);
  let columns = Array.from({ length: columnCount }, () => new Float64Array(1024));
  let rows = 0;
  let isHeadRead = false;
  let pending: Buffer = Buffer.alloc(0);

  const stream: CopyToStream & { callback?: () => void } = client.query(
    copyTo(`copy (${query}) to stdout (format binary)`),
  );
  // The driver ends its query timeout through this callback, which the stream itself never calls.
  finished(stream, () => stream.callback?.());
  for await (const chunk of stream) {
    let buffer: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (!isHeadRead) {
      if (buffer.length < HEAD_BYTES) {
        pending = buffer;
        continue;
      }
      buffer = buffer.subarray(HEAD_BYTES + buffer.readInt32BE(HEAD_BYTES - 4));
      isHeadRead = true;
    }
    let offset = 0;
    while (buffer.length - offset >= rowBytes) {
      if (rows === columns[0]?.length) columns = columns.map((column) => grow(column, rows * 2));
      let field = offset + COUNT_BYTES;
      for (const column of columns) {
        column[rows] = buffer.readDoubleBE(field + LENGTH_BYTES);
        field += LENGTH_BYTES + 8;
      }
      rows++;
      offset += rowBytes;
    }
    pending = buffer.subarray(offset);
  }
  if (pending.length !== COUNT_BYTES || pending.readInt16BE(0) !== END) {
    throw new Error(`COPY ended within a row, after ${rows} rows`);
  }
  return columns.map((column) => column.slice(0, rows));
}

function grow(column: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(column);
  return longer;
}
