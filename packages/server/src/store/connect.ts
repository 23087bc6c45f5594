import type { Pool } from 'pg';

/** An open database: its address, a pool of connections, and the way to let go of it. */
export interface Database {
  /** Address of the database, password included: never print it. */
  readonly url: string;
  readonly pool: Pool;
  /** Ends the pool, and the embedded server where this was its last user; calling twice does no harm. */
  readonly close: () => Promise<void>;
}
