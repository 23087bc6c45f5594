import type { Queryable } from '../queryable.ts';

/** Notes that a key was used just now; written at most once a minute, so that it costs no storm anything. */
export async function touchApiKey(database: Queryable, keyId: string): Promise<void> {
  await database.query(
    `update oms_api_keys set last_used_at = now()
     where key_id = $1 and coalesce(last_used_at < now() - interval '1 minute', true)`,
    [keyId],
  );
}
