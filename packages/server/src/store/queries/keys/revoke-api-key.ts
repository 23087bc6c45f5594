import type { Queryable } from '../queryable.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type StoredApiKey, toStoredApiKey } from './api-key-row.ts';

/** Ends a live key now and gives it as it then is; null where no live key has the id. */
export async function revokeApiKey(database: Queryable, keyId: string): Promise<StoredApiKey | null> {
  const { rows } = await database.query<ApiKeyRow>(
    `update oms_api_keys set revoked_at = now()
     where key_id = $1 and revoked_at is null and coalesce(expires_at > now(), true)
     returning ${API_KEY_COLUMNS}`,
    [keyId],
  );
  return rows[0] === undefined ? null : toStoredApiKey(rows[0]);
}
