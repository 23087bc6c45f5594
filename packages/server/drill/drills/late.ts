import type { Drill } from '../drill.ts';

const LATE_HOURS = 72;

/** A provider was away for days and sends everything at once. */
export const late: Drill = {
  name: 'late',
  fault: `everything comes ${LATE_HOURS} hours late, shuffled, one to four times`,
  proof: 'stored events are older than 72 hours by their own time, and received now',
  healing: 'nothing is to be healed',
  isShort: false,
  load: { lateHours: LATE_HOURS },
  play: async (stage) => {
    await stage.player.untilAcknowledged(Number.POSITIVE_INFINITY);
    const { rows } = await stage.database.pool.query<{ late: number; lost: number; outages: number }>(
      `select (select count(*)::integer from oms_evidence where event_at < received_at - interval '72 hours') as late,
         (select count(*)::integer from oms_evidence where event_at >= received_at - interval '72 hours') as lost,
         (select count(*)::integer from oms_outage_events where started_at < now() - interval '72 hours') as outages`,
    );
    const [row] = rows;
    if (row !== undefined && row.late > 0 && row.lost === 0) {
      stage.prove(
        `${row.late} rows of evidence are ${LATE_HOURS} hours late; ${row.outages} outages began then`,
      );
    }
    await stage.healed();
  },
};
