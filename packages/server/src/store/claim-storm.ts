import { Client } from 'pg';
import { readStormSince, tryStormLock } from './queries/demo/storm-lock.ts';

/** The right to play the storm on a database, or since when another process has it. */
export type StormClaim =
  | { readonly kind: 'held'; readonly lost: AbortSignal; readonly release: () => Promise<void> }
  | { readonly kind: 'taken'; readonly since: Date | null };

/**
 * Claims the storm of the database at `url`: one process at a time plays it. The claim is a session's, so it ends with
 * the process, however that dies; `lost` is aborted where the connection breaks. Throws where the database is away.
 */
export async function claimStorm(url: string): Promise<StormClaim> {
  const client = new Client({
    connectionString: url,
    application_name: 'lastgasp storm',
    keepAlive: true,
  });
  const lost = new AbortController();
  client.on('error', () => lost.abort());
  client.on('end', () => lost.abort());
  await client.connect();
  try {
    if (await tryStormLock(client)) return { kind: 'held', lost: lost.signal, release: () => client.end() };
    const since = await readStormSince(client);
    await client.end();
    return { kind: 'taken', since };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
