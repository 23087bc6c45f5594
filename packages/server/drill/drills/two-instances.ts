import type { Drill } from '../drill.ts';

/** The same messages sent to two processes at the same moment. */
export const twoInstances: Drill = {
  name: 'two-instances',
  fault: 'two processes get the same messages at the same moment',
  proof: 'both answered 2xx, and both counted stored events and duplicates',
  healing: 'nothing is to be healed',
  isShort: true,
  processes: 2,
  sendsToAll: true,
  play: async (stage) => {
    await stage.player.untilAcknowledged(Number.POSITIVE_INFINITY);
    const counts = await Promise.all(
      stage.running.map(async (instance) => {
        const metric = await instance.metric('oms_events_received_total');
        const sumOf = (result: string) =>
          [...metric]
            .filter(([labels]) => labels.includes(`"${result}"`))
            .reduce((sum, [, value]) => sum + value, 0);
        return { stored: sumOf('stored'), duplicate: sumOf('duplicate') };
      }),
    );
    if (counts.length === 2 && counts.every(({ stored, duplicate }) => stored > 0 && duplicate > 0)) {
      stage.prove(
        `stored and duplicate: ${counts.map(({ stored, duplicate }) => `${stored} and ${duplicate}`).join('; ')}`,
      );
    }
    await stage.healed();
  },
};
