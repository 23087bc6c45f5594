import type { Queryable } from '../queryable.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type StoredApiKey, toStoredApiKey } from './api-key-row.ts';

export interface NewApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly secretSha256: Uint8Array;
  /** Seconds until the key ends by itself; null for a key without end. */
  readonly lifetimeSeconds: number | null;
}

/** Stores a new key; its lifetime runs on the database's clock. */
export async function insertApiKey(database: Queryable, key: NewApiKey): Promise<StoredApiKey> {
  const { rows } = await database.query<ApiKeyRow>(
    `insert into oms_api_keys (key_id, name, scopes, secret_sha256, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(secs => $5))
     returning ${API_KEY_COLUMNS}`,
    [key.keyId, key.name, key.scopes, key.secretSha256, key.lifetimeSeconds],
  );
  return toStoredApiKey(rows[0] as ApiKeyRow);
}
