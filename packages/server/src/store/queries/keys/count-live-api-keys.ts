import type { Queryable } from '../queryable.ts';

/** How many keys open anything now. */
export async function countLiveApiKeys(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ keys: number }>(
    `select count(*)::integer as keys from oms_api_keys
     where revoked_at is null and coalesce(expires_at > now(), true)`,
  );
  return rows[0]?.keys ?? 0;
}
