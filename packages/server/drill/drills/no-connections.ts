import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Drill } from '../drill.ts';

const HELD_MS = 5_000;
const TAKERS = 40;
const END_EVERY_MS = 250;
const END_SESSIONS = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name like 'lastgasp%'`;

/** Somebody else takes every connection that PostgreSQL gives, just when the server has to connect anew. */
export const noConnections: Drill = {
  name: 'no-connections',
  fault: `others hold every connection that PostgreSQL gives while the server's own are ended, for ${HELD_MS / 1000} s`,
  proof: 'PostgreSQL refused one more connection (53300), and messages were answered 503',
  healing: 'the others let go',
  isShort: false,
  play: async (stage) => {
    await stage.player.untilAcknowledged(300);
    const held: Client[] = [];
    const take = async (): Promise<string | null> => {
      const client = new Client({ connectionString: stage.database.url, application_name: 'somebody else' });
      client.on('error', () => undefined);
      try {
        await client.connect();
        held.push(client);
        return null;
      } catch (error) {
        await client.end().catch(() => undefined);
        return (error as { code?: string }).code ?? 'unknown';
      }
    };
    const before = stage.http.byStatus.get(503) ?? 0;
    let refusal: string | null = null;
    try {
      while (refusal === null) refusal = await take();
      // What becomes free is taken before the server comes for it; where it was faster, its connections are ended once more.
      const until = performance.now() + HELD_MS;
      const takeOn = async () => {
        while (performance.now() < until) if ((await take()) !== null) await sleep(5);
      };
      const endAgain = async () => {
        while (performance.now() < until) {
          await stage.database.pool.query(END_SESSIONS);
          await sleep(END_EVERY_MS);
        }
      };
      await Promise.all([endAgain(), ...Array.from({ length: TAKERS }, takeOn)]);
    } finally {
      await Promise.all(held.map((client) => client.end().catch(() => undefined)));
    }
    const refused = (stage.http.byStatus.get(503) ?? 0) - before;
    if (refusal === '53300' && refused > 0) {
      stage.prove(
        `${held.length} connections were held, the next was refused with 53300; ${refused} messages put off`,
      );
    }
    await stage.healed();
  },
};
