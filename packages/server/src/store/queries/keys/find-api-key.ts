import type { Queryable } from '../queryable.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type StoredApiKey, toStoredApiKey } from './api-key-row.ts';

/** The key with this id, live or not, or null. */
export async function findApiKey(database: Queryable, keyId: string): Promise<StoredApiKey | null> {
  const { rows } = await database.query<ApiKeyRow>(
    `select ${API_KEY_COLUMNS} from oms_api_keys where key_id = $1`,
    [keyId],
  );
  return rows[0] === undefined ? null : toStoredApiKey(rows[0]);
}
