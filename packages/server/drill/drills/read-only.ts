import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const READ_ONLY_MS = 4_000;

/** The database takes no writes, as a standby does that a failover has left behind the address. */
export const readOnly: Drill = {
  name: 'read-only',
  fault: `the database takes no writes for ${READ_ONLY_MS / 1000} s, as after a failover that is half done`,
  proof: 'PostgreSQL refused a write with 25006, messages were answered 503, and outages could be read',
  healing: 'the database takes writes again',
  isShort: false,
  play: async (stage) => {
    await stage.player.untilAcknowledged(300);
    const before = stage.http.byStatus.get(503) ?? 0;
    await setReadOnly(stage, 'on');
    let refusal: string | null = null;
    let outages: Awaited<ReturnType<typeof stage.first.get>> = null;
    let refused = 0;
    try {
      await sleep(READ_ONLY_MS);
      refusal = await refusalOfWrite(stage);
      outages = await stage.first.get('/api/outages');
      refused = (stage.http.byStatus.get(503) ?? 0) - before;
    } finally {
      await setReadOnly(stage, 'off');
    }
    if (refusal === '25006' && refused > 0 && outages?.status === 200) {
      stage.prove(`a write was refused with 25006, ${refused} messages put off; outages were read meanwhile`);
    }
    await stage.healed();
  },
};

type Stage = Parameters<Drill['play']>[0];

const refusalOfWrite = (stage: Stage): Promise<string | null> =>
  stage.database.pool.query('update oms_leases set holder = holder').then(
    () => null,
    (error: { code?: string }) => error.code ?? null,
  );

async function setReadOnly(stage: Stage, value: 'on' | 'off'): Promise<void> {
  await stage.cluster.administrate(`alter system set default_transaction_read_only = ${value}`);
  await stage.cluster.administrate('select pg_reload_conf()');
}
