/** A key as the database keeps it: never the secret, only its hash. */
export interface StoredApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly secretSha256: Uint8Array;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface ApiKeyRow {
  key_id: string;
  name: string;
  scopes: string[];
  secret_sha256: Buffer;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

/** The columns of `ApiKeyRow`, for select and returning lists. */
export const API_KEY_COLUMNS =
  'key_id, name, scopes, secret_sha256, created_at, expires_at, revoked_at, last_used_at';

/** A row of `oms_api_keys` in the words of the program. */
export function toStoredApiKey(row: ApiKeyRow): StoredApiKey {
  return {
    keyId: row.key_id,
    name: row.name,
    scopes: row.scopes,
    secretSha256: row.secret_sha256,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}

/** Whether a key opens anything at the instant `at`. */
export function isLive(key: StoredApiKey, at: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > at);
}
