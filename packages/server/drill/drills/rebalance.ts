import type { Drill } from '../drill.ts';

/** The group of consumers is formed anew, again and again. */
export const rebalance: Drill = {
  name: 'rebalance',
  fault: 'a second consumer joins, the first one leaves, a third joins, and the second is killed (kill -9)',
  proof: 'partitions were read by several processes, and stored positions never went back',
  healing: 'the group gives the partitions of who is gone to who is there',
  isShort: false,
  carrier: 'kafka',
  load: { storms: 2 },
  play: async (stage) => {
    const { pool } = stage.database;
    const highest = new Map<string, number>();
    let isWatching = true;
    let looks = 0;
    const watching = (async () => {
      while (isWatching) {
        const { rows } = await pool.query<{ name: string; next: number }>(
          `select topic || ' ' || partition as name, next_offset::integer as next from oms_source_positions`,
        );
        looks++;
        for (const { name, next } of rows) {
          const before = highest.get(name) ?? 0;
          if (next < before) stage.breach(`the position of ${name} went back from ${before} to ${next}`);
          highest.set(name, Math.max(before, next));
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const readers = new Set<string>();
    const noteReaders = async () => {
      for (const instance of stage.running) {
        if ((await instance.metric('oms_kafka_lag_messages')).size > 0) readers.add(instance.name);
      }
    };
    const untilShared = (count: number) =>
      stage.until(`${count} processes share the partitions`, async () => {
        await noteReaders();
        const sizes = await Promise.all(
          stage.running.map(async (one) => (await one.metric('oms_kafka_lag_messages')).size),
        );
        return sizes.length === count && sizes.every((size) => size > 0);
      });
    try {
      await stage.player.untilAcknowledged(300);
      const first = stage.first;
      // A name of its own, so that the group waits for a killed one only until it is back.
      const named = (name: string) => ({
        environment: { ...first.options.environment, KAFKA_GROUP_INSTANCE: name },
      });
      const second = await stage.startInstance(named('second'));
      await untilShared(2);
      await first.stop();
      await untilShared(1);
      await stage.healed();
      await stage.startInstance(named('third'));
      await untilShared(2);
      await second.kill();
      await stage.startAgain(second);
      await untilShared(2);
      await stage.healed();
    } finally {
      isWatching = false;
      await watching;
    }
    stage.hasLostCounts = true;
    if (readers.size >= 3 && looks > 0)
      stage.prove(`${[...readers].join(', ')} read partitions; ${looks} looks at the positions`);
  },
};
