import type { Database } from './connect.ts';

/** A database of its own with the current schema; `close()` drops it. */
export type ThrowawayDatabase = Database;
