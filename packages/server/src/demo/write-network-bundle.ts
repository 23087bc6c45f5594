import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { BundleFile } from '../network/bundle-format.ts';
import type { NetworkBundle } from './network-bundle.ts';

/** Rows turned to text at a time. */
const ROWS_AT_ONCE = 1_000;

/**
 * Writes a network bundle to `folder`, which is made where it is missing; files of the same names are replaced, and of what the
 * bundle has nothing of there is no file.
 */
export async function writeNetworkBundle(bundle: NetworkBundle, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const write = (file: BundleFile, rows: Iterable<object>): Promise<void> =>
    writeRows(join(folder, file), rows);
  await write('substations.csv', bundle.substations);
  await write('feeders.csv', bundle.feeders);
  await write('devices.csv', bundle.devices);
  await write('distribution_points.csv', bundle.distributionPoints);
  await write('customers.csv', bundle.customers());
  await write('meters.csv', bundle.meters());
}

async function writeRows(path: string, rows: Iterable<object>): Promise<void> {
  const stream = createWriteStream(path);
  let isFirst = true;
  let waiting: object[] = [];
  const flush = async (): Promise<void> => {
    const text = stringify(waiting, { header: isFirst, cast: { boolean: String } });
    isFirst = false;
    waiting = [];
    if (!stream.write(text)) await once(stream, 'drain');
  };
  for (const row of rows) {
    waiting.push(row);
    if (waiting.length === ROWS_AT_ONCE) await flush();
  }
  if (waiting.length > 0) await flush();
  stream.end();
  await finished(stream);
  if (isFirst) await rm(path);
}
