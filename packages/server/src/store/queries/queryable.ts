import type { Pool } from 'pg';

/** What a query needs: a pool, a client, or one client inside a transaction. */
export type Queryable = Pick<Pool, 'query'>;
