import { setTimeout as sleep } from 'node:timers/promises';
import type { OutageTarget, Site } from '@lastgasp/engine/simulate';
import { listOpenOfStorm, type OpenOfStorm } from '../store/queries/demo/list-open-of-storm.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { STORM_MARK } from './storm-mark.ts';
import type { StormJudge, StormScore } from './storm-score.ts';

/** How the storm's outages are followed. */
export interface StormWatch {
  readonly reads: Queryable;
  readonly judge: StormJudge;
  readonly site: Site;
  readonly signal: AbortSignal;
  readonly onScore: (score: StormScore) => void;
}

const LOOK_EVERY_MS = 1_000;

/** Looks once a second at the open outages of the storm and tells the score, until the signal; a database that is away is passed over. */
export async function watchStorm({ reads, judge, site, signal, onScore }: StormWatch): Promise<void> {
  const deviceOfCode = new Map(site.network.devices.map(({ code }, device) => [code, device]));
  const meterOfNumber = new Map(site.meters.number.map((number, meter) => [number, meter]));
  const toTarget = ({ deviceId, meterNumber }: OpenOfStorm): readonly OutageTarget[] => {
    const meter = meterOfNumber.get(meterNumber ?? '');
    if (meter !== undefined) return [{ kind: 'service', meter }];
    const device = deviceOfCode.get(deviceId);
    return device === undefined ? [] : [{ kind: 'device', device }];
  };
  while (!signal.aborted) {
    const open = await listOpenOfStorm(reads, STORM_MARK).catch(() => null);
    const now = Date.now() * 1_000;
    if (open !== null) {
      judge.step(now, open.flatMap(toTarget));
      onScore(judge.score(now));
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
