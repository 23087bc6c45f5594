import type { Queryable } from '../queryable.ts';
import { API_KEY_COLUMNS, type ApiKeyRow, type StoredApiKey, toStoredApiKey } from './api-key-row.ts';

/** Every key ever made, newest first. */
export async function listApiKeys(database: Queryable): Promise<StoredApiKey[]> {
  const { rows } = await database.query<ApiKeyRow>(
    `select ${API_KEY_COLUMNS} from oms_api_keys order by id desc`,
  );
  return rows.map(toStoredApiKey);
}
