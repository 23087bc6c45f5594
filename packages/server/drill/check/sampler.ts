import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';

const EVERY_MS = 250;

const LOOK = `
  select
    (select count(*)::integer from (
       select meter_id from oms_outage_meters where out_until is null group by 1 having count(*) > 1) twice) as twice,
    (select coalesce(sum(customers), 0)::integer from oms_outage_meters where out_until is null) as out,
    (select coalesce(sum(customers), 0)::integer from oms_meters where status = 'active') as served`;

/** Looks four times a second whether a customer is counted twice; a database that is away is no breach. */
export class Sampler {
  readonly breaches: string[] = [];
  samples = 0;
  /** Most customers that were out at a time. */
  mostOut = 0;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(pool: Pool) {
    this.#running = this.#run(pool);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(pool: Pool): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const look = pool.query<{ twice: number; out: number; served: number }>(LOOK);
      const row = (await look.catch(() => null))?.rows[0];
      if (row !== undefined) {
        this.samples++;
        this.mostOut = Math.max(this.mostOut, row.out);
        if (row.twice > 0) this.breaches.push(`I6 ${row.twice} meters are in two open outages`);
        if (row.out > row.served) this.breaches.push(`I6 ${row.out} customers out of ${row.served} served`);
      }
      await sleep(EVERY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }
}
