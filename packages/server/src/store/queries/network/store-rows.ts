import type { Queryable } from '../queryable.ts';

/** What an import did to one table. */
export interface RowChanges {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** The statements that take one staged table over; `$1` is the list of columns that the data has. */
export interface RowStatements {
  /** Sets `id` of the staged rows that are stored and have none yet. */
  readonly match: string;
  /** Counts the staged rows as `total`, and those without `id` as `added`. */
  readonly countNew: string;
  /** Counts, as `changed`, the rows that differ from what is stored. */
  readonly countChanged: string;
  /** Takes the locks of the rows that differ, where their order matters. */
  readonly lock?: string;
  readonly update: string;
  /** Adds the rows without `id`. */
  readonly insert: string;
}

/** A statement may take as long as the network is large, whatever the pool allows. */
const NO_QUERY_TIMEOUT = { query_timeout: 2_147_483_647 };

/** Runs one statement of an import, however long it takes. */
export async function runLong<Row extends object>(
  client: Queryable,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await client.query<Row & Record<string, unknown>>({
    ...NO_QUERY_TIMEOUT,
    text,
    values: [...values],
  });
  return rows;
}

/**
 * Adds what is new and updates what differs. No statement runs that would touch no row: it would still count
 * as a change of the registry, and make everybody load the network again.
 */
export async function storeRows(
  client: Queryable,
  columns: readonly string[],
  statements: RowStatements,
): Promise<RowChanges> {
  await runLong(client, statements.match);
  const [counted] = await runLong<{ total: number; added: number }>(client, statements.countNew);
  const [different] = await runLong<{ changed: number }>(client, statements.countChanged, [columns]);
  const { total, added } = counted ?? { total: 0, added: 0 };
  const changed = different?.changed ?? 0;
  if (changed > 0 && statements.lock !== undefined) await runLong(client, statements.lock, [columns]);
  if (changed > 0) await runLong(client, statements.update, [columns]);
  if (added > 0) {
    await runLong(client, statements.insert);
    await runLong(client, statements.match);
  }
  return { added, changed, unchanged: total - added - changed };
}
