import type { Queryable } from '../queryable.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type StoredApiKey, toStoredApiKey } from './api-key-row.ts';

export interface KeyRotation {
  /** The key to be replaced. */
  readonly oldKeyId: string;
  readonly newKeyId: string;
  readonly newSecretSha256: Uint8Array;
  /** How long both keys open the door, so that senders can be changed one by one. */
  readonly graceSeconds: number;
  readonly lifetimeSeconds: number | null;
}

/**
 * Stores a successor with the name and scopes of a live key and ends the old one after the grace, both or
 * neither; null where no live key has the id.
 */
export async function rotateApiKey(database: Queryable, rotation: KeyRotation): Promise<StoredApiKey | null> {
  const { rows } = await database.query<ApiKeyRow>(
    `with retired as (
       update oms_api_keys
       set expires_at = least(expires_at, now() + make_interval(secs => $4))
       where key_id = $1 and revoked_at is null and coalesce(expires_at > now(), true)
       returning name, scopes
     )
     insert into oms_api_keys (key_id, name, scopes, secret_sha256, expires_at)
     select $2, r.name, r.scopes, $3, now() + make_interval(secs => $5) from retired r
     returning ${API_KEY_COLUMNS}`,
    [
      rotation.oldKeyId,
      rotation.newKeyId,
      rotation.newSecretSha256,
      rotation.graceSeconds,
      rotation.lifetimeSeconds,
    ],
  );
  return rows[0] === undefined ? null : toStoredApiKey(rows[0]);
}
