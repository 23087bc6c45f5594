import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const FROZEN_MS = 15_000;
/** A session that stopped within a transaction keeps what it locked for a minute. */
const TAKEN_OVER_WITHIN_MS = 90_000;

/** A process that stands still while another takes over, and then wakes. */
export const frozenInstance: Drill = {
  name: 'frozen-instance',
  fault: `the process that correlates stands still (SIGSTOP) for ${FROZEN_MS / 1000} s or longer beside a second one, until that has taken over, and wakes`,
  proof: 'the other process took the lease over with a higher epoch while the first one was frozen',
  healing: 'SIGCONT',
  isShort: false,
  processes: 2,
  ratePerSecond: 100,
  play: async (stage) => {
    const readLease = async () => {
      const { rows } = await stage.database.pool.query<{ holder: string; epoch: number }>(
        `select holder, epoch::integer from oms_leases where name = 'correlator'`,
      );
      return { pid: Number(rows[0]?.holder.split(':')[1]), epoch: rows[0]?.epoch ?? 0 };
    };
    await stage.player.untilAcknowledged(100);
    await stage.until('somebody correlates', async () => (await readLease()).epoch > 0);
    const before = await readLease();
    const leader = stage.instances.find(({ pid }) => pid === before.pid);
    if (leader === undefined) throw new Error('no process of this drill correlates');
    leader.freeze();
    let tookOver = '';
    const frozenAt = performance.now();
    let after = before;
    try {
      await stage.until(
        'the other process correlates',
        async () => {
          after = await readLease();
          return after.pid !== before.pid;
        },
        TAKEN_OVER_WITHIN_MS,
      );
      const seconds = (performance.now() - frozenAt) / 1_000;
      tookOver = `after ${seconds.toFixed(1)} s`;
      await sleep(Math.max(0, FROZEN_MS - seconds * 1_000));
    } finally {
      leader.thaw();
    }
    if (after.epoch > before.epoch && after.pid !== before.pid) {
      stage.prove(
        `${leader.name} was frozen; ${tookOver} the lease went to process ${after.pid}, epoch ${before.epoch} to ${after.epoch}`,
      );
    }
    await stage.healed();
  },
};
