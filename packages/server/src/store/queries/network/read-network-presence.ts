import type { Queryable } from '../queryable.ts';

/** What the registry holds, as far as the demo asks. */
export interface NetworkPresence {
  /** True where no network was imported. */
  readonly isEmpty: boolean;
  /** How many of the asked meters it knows. */
  readonly knownMeters: number;
}

/** Whether the registry holds a network, and how many of `meterNumbers` it knows. */
export async function readNetworkPresence(
  client: Queryable,
  meterNumbers: readonly string[],
): Promise<NetworkPresence> {
  const { rows } = await client.query<{ is_empty: boolean; known: number }>(
    `select not exists (select from network_substations) and not exists (select from oms_meters) as is_empty,
      (select count(*)::integer from oms_meters where meter_number = any ($1)) as known`,
    [meterNumbers],
  );
  return { isEmpty: rows[0]?.is_empty ?? true, knownMeters: rows[0]?.known ?? 0 };
}
