import { setTimeout as sleep } from 'node:timers/promises';
import type { BundleSite } from '../simulation/read-bundle-site.ts';
import { claimStorm, type StormClaim } from '../store/claim-storm.ts';
import { isHeldByOthers } from '../store/queries/demo/is-held-by-others.ts';
import { readLeftByStorm } from '../store/queries/demo/read-left-by-storm.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { playMessages } from './play-messages.ts';
import { stormForEver } from './storm-for-ever.ts';
import { STORM_MARK } from './storm-mark.ts';
import type { Concerns } from './storm-message.ts';
import { StormJudge, type StormScore } from './storm-score.ts';
import { watchStorm } from './watch-storm.ts';

/** How a storm is played on a server. */
export interface StormPlay {
  /** Where messages are sent. */
  readonly url: string;
  /** Address of the server's database, where the storm is claimed. */
  readonly databaseUrl: string;
  readonly reads: Queryable;
  readonly bundle: BundleSite;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told what a person should know, a sentence each. */
  readonly note: (text: string) => void;
  /** Told about once a second how the inference does against the truth of the storm. */
  readonly onScore: (score: StormScore) => void;
  /** How an instant is told. */
  readonly time: (at: Date) => string;
}

/** A database that went away is asked again after this time. */
const CLAIM_AGAIN_MS = 2_000;

/**
 * Plays the storm until the signal, unless another process plays it on this database already. Ends first what an earlier
 * storm left behind; leaves alone whatever somebody else reports, and says so once for each part of the network.
 */
export async function playStorm(play: StormPlay): Promise<void> {
  let claim: StormClaim | null = await claimStorm(play.databaseUrl);
  while (!play.signal.aborted) {
    if (claim?.kind === 'taken') {
      const since = claim.since === null ? '' : ` since ${play.time(claim.since)}`;
      play.note(`Another lastgasp plays the storm on this database${since}; this one shows it.`);
      return;
    }
    if (claim !== null) {
      try {
        await playClaimed(play, claim.lost);
      } finally {
        await claim.release();
      }
      if (play.signal.aborted) return;
      play.note('The database went away, and the storm with it; it begins anew.');
    }
    await sleep(CLAIM_AGAIN_MS, undefined, { signal: play.signal }).catch(() => undefined);
    claim = await claimStorm(play.databaseUrl).catch(() => null);
  }
}

async function playClaimed(play: StormPlay, lost: AbortSignal): Promise<void> {
  const { url, reads, bundle, seed, note, onScore } = play;
  const signal = AbortSignal.any([play.signal, lost]);
  const left = await readLeftByStorm(reads, STORM_MARK).catch((error: unknown) => {
    if (lost.aborted) return null;
    throw error;
  });
  if (left === null) return;
  const startAt = new Date();
  const told = new Set<string>();
  const judge = new StormJudge();
  const storms = stormForEver(
    { bundle, seed, startAt, onStorm: (storm, later) => judge.begin(storm, later) },
    left,
  );
  const watching = watchStorm({ reads, judge, site: bundle.site, signal, onScore });
  await playMessages(storms, {
    url,
    startAt,
    signal,
    isHeld: async ({ concerns }) => {
      if (!(await isHeld(reads, concerns))) return false;
      for (const feederId of concerns.feederIds.filter((id) => !told.has(id))) {
        told.add(feederId);
        judge.leaveAlone([feederId]);
        note(`Somebody else reports an outage on ${feederId}: the storm leaves that alone.`);
      }
      return true;
    },
    onUndelivered: ({ provider }, reason) =>
      note(`A message of ${provider} could not be delivered: ${reason}`),
  });
  await watching;
}

async function isHeld(reads: Queryable, concerns: Concerns): Promise<boolean> {
  if (concerns.feederIds.length === 0 && concerns.meterNumbers.length === 0) return false;
  return isHeldByOthers(reads, concerns, STORM_MARK);
}
