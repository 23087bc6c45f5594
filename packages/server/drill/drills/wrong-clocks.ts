import type { Drill } from '../drill.ts';

/** Senders whose clocks cannot be believed. */
export const wrongClocks: Drill = {
  name: 'wrong-clocks',
  fault: 'three senders in ten have clocks that are two hours ahead or behind, or in 1970 or 2099',
  proof: 'events of 1970, of 2099 and of two hours ahead are stored, all of them marked',
  healing: 'nothing is to be healed',
  isShort: true,
  load: { hasWrongClocks: true },
  play: async (stage) => {
    await stage.player.untilAcknowledged(Number.POSITIVE_INFINITY);
    const { rows } = await stage.database.pool.query<Record<'old' | 'ahead' | 'unmarked', number>>(
      `select count(*) filter (where event_at < '1971-01-01')::integer as old,
         count(*) filter (where event_at > now() + interval '10 minutes')::integer as ahead,
         count(*) filter (where (event_at > now() + interval '10 minutes' or event_at < '1971-01-01') and not clock_suspect)::integer as unmarked
       from oms_evidence`,
    );
    const [row] = rows;
    if (row !== undefined && row.old > 0 && row.ahead > 0 && row.unmarked === 0) {
      stage.prove(`${row.old} rows of evidence of 1970; ${row.ahead} from the future, all of them marked`);
    }
    await stage.healed();
  },
};
