import type { Drill } from '../drill.ts';

const POISON_EVERY = 100;

/** Messages that nobody can read, among good ones. */
export const poison: Drill = {
  name: 'poison',
  fault: `one message in ${POISON_EVERY} cannot be read: cut off, not of its format, without a field, with times that do not exist`,
  proof: 'messages were set aside, each with a reason, and none of them was taken',
  healing: 'nothing is to be healed; what was set aside is replayed twice and is still what it was',
  isShort: true,
  load: { poisonEvery: POISON_EVERY, storms: 2 },
  play: async (stage) => {
    await stage.player.untilAcknowledged(Number.POSITIVE_INFINITY);
    const read = async () => {
      const { rows } = await stage.database.pool.query<{
        letters: number;
        reasons: number;
        set_aside: number;
      }>(
        `select count(*)::integer as letters, count(distinct code || ' ' || reason)::integer as reasons,
           count(*) filter (where status = 'set_aside')::integer as set_aside from oms_dead_letters`,
      );
      return rows[0] ?? { letters: 0, reasons: 0, set_aside: 0 };
    };
    const before = await read();
    for (let time = 0; time < 2; time++)
      await stage.runCommand(['dead-letters', 'replay', '--all'], [0, 1, 3]);
    const after = await read();
    if (
      before.letters > 0 &&
      before.reasons > 1 &&
      after.letters === before.letters &&
      after.set_aside === before.set_aside
    ) {
      stage.prove(
        `${before.letters} messages were set aside for ${before.reasons} reasons, the same after two replays`,
      );
    }
    await stage.healed();
  },
};
