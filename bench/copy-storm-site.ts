import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { StormSite } from './storm-site.ts';

const ROWS_AT_ONCE = 5_000;

/** Writes a site into the empty registry of a bench database, by COPY. */
export async function copyStormSite(pool: Pool, { network, deviceKeys, cells }: StormSite): Promise<void> {
  const client = await pool.connect();
  try {
    const { devices, meterCount } = network;
    const deviceOf = (key: number) => devices[network.deviceOfKey.get(key) as number];
    // By key: `devices` is in the order of the tree.
    const all = [...devices].sort((a, b) => a.key - b.key);
    await copy(
      client,
      'network_substations (id, substation_id, name)',
      all.filter(({ kind }) => kind === 'substation'),
      ({ substationKey }) => `${substationKey}\tS${substationKey}\tSubstation ${substationKey}`,
    );
    await copy(
      client,
      'network_feeders (id, feeder_id, substation_id, name)',
      all.filter(({ isFeederHead }) => isFeederHead),
      ({ feederKey, substationKey }) => `${feederKey}\tF${feederKey}\t${substationKey}\tFeeder ${feederKey}`,
    );
    await copy(
      client,
      'network_devices (id, device_id, kind, substation_id, feeder_id, upstream_id, is_feeder_head, implied)',
      all,
      ({ key, code, kind, substationKey, feederKey, upstreamKey, isFeederHead }) =>
        [
          key,
          code,
          kind,
          substationKey,
          feederKey ?? '\\N',
          upstreamKey ?? '\\N',
          isFeederHead,
          kind === 'substation',
        ].join('\t'),
    );
    await copy(
      client,
      'oms_meters (id, meter_number, feeder_id, substation_id, device_id, asset_mrid, cell)',
      Array.from({ length: meterCount }, (_, i) => i),
      (i) => {
        const key = String(i + 1).padStart(12, '0');
        const device = deviceOf(deviceKeys[i] as number);
        return `${i + 1}\tM${key}\t${device?.feederKey}\t${device?.substationKey}\t${deviceKeys[i]}\tasset-${key}\tC${cells[i]}`;
      },
    );
    await client.query('vacuum analyze');
  } finally {
    client.release();
  }
}

async function copy<T>(
  client: PoolClient,
  table: string,
  rows: readonly T[],
  toLine: (row: T) => string,
): Promise<void> {
  function* lines(): Generator<string> {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      yield `${rows
        .slice(from, from + ROWS_AT_ONCE)
        .map(toLine)
        .join('\n')}\n`;
    }
  }
  await pipeline(Readable.from(lines()), client.query(copyFrom(`copy ${table} from stdin`)));
}
