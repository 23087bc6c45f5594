import type { Queryable } from '../queryable.ts';

/** Keeps the numbers that judgements rest on under their version, where they are not kept yet. */
export async function keepPolicy(client: Queryable, version: string, policy: object): Promise<void> {
  await client.query(`insert into oms_policies (version, policy) values ($1, $2) on conflict do nothing`, [
    version,
    JSON.stringify(policy),
  ]);
}
