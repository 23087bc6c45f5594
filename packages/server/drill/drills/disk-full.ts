import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import { whyNoSmallDisk } from '../parts/small-disk.ts';

const FULL_MS = 5_000;

/** The disk of the database has no room left. */
export const diskFull: Drill = {
  name: 'disk-full',
  fault: `the disk of the database is filled for ${FULL_MS / 1000} s, and room is made again`,
  proof: 'nothing more could be written to the disk, and messages were answered 503',
  healing:
    'the file that fills the disk is deleted; PostgreSQL is started again where it ended for want of room for its log',
  isShort: false,
  hasSmallDisk: true,
  whyNot: whyNoSmallDisk,
  load: { storms: 3 },
  play: async (stage) => {
    await stage.player.untilAcknowledged(500);
    const { disk } = stage.cluster;
    if (disk === null) throw new Error('this drill needs a small disk');
    const before = stage.http.byStatus.get(503) ?? 0;
    const freeBytes = await disk.fill();
    const until = performance.now() + FULL_MS;
    while (performance.now() < until) {
      // PostgreSQL gives a little room back when it cleans up.
      await disk.fill();
      await sleep(100);
    }
    const refused = (stage.http.byStatus.get(503) ?? 0) - before;
    await disk.free();
    const hadEnded = !(await stage.cluster.isRunning());
    if (hadEnded) await stage.cluster.start();
    if (refused > 0) {
      const ended = hadEnded ? 'PostgreSQL ended for want of room' : 'PostgreSQL stayed up';
      stage.prove(`${freeBytes} bytes were free, ${refused} messages put off; ${ended}`);
    }
    await stage.healed();
  },
};
