import type { CallShare, TrackingPolicy } from '../policy-tracking.ts';
import type { History } from './histories.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import { doubted, heardSeconds } from './source-health.ts';
import type { Witness } from './witness-likelihood.ts';
import { mixtureLog } from './zone-silence.ts';

/** Seconds after the return of supply in which callers still tell of the outage. */
const CALL_GRACE = 180;

/** Whether a call may be about a loss of a history. */
function isCallAbout({ spells }: History, at: number): boolean {
  return spells.some(({ from, to }) => at >= from - 5 && at <= to + CALL_GRACE);
}

/** log P(the calls from those who hang on a node, and that the others did not call | history of its load side). */
export function callsLog(
  customers: number,
  calls: readonly number[],
  history: History,
  callShares: readonly CallShare[],
  { conditions: { health }, meters: { policy, offsUntil } }: ZoneEvidence,
): number {
  const strayLog = (at: number): number =>
    Math.log(doubted(policy.strayCall, health.calls, at, policy.sickFalseFactor));
  let inSpell = 0;
  let stray = 0;
  for (const at of calls) {
    if (isCallAbout(history, at)) inSpell++;
    else stray += strayLog(at);
  }
  if (history.spells.length === 0) return stray;
  const silent = Math.max(0, customers - calls.length);
  return (
    stray +
    mixtureLog(callShares, ({ share }) => {
      let log = inSpell * Math.log(share);
      for (const { off, from, to } of history.spells) {
        const seconds = heardSeconds(health.calls, from, to, offsUntil[off] as number);
        log += silent * Math.log1p(-share * calledShare(seconds, policy));
      }
      return log;
    })
  );
}

/** Share of those who call in the end that have called after so many seconds. */
export function calledShare(seconds: number, policy: TrackingPolicy): number {
  return seconds <= 0 ? 0 : 1 - Math.exp(-seconds / (60 * policy.callMeanMinutes));
}

/** log of how much likelier its customer's calls are where a meter's own service was out than where its supply alone was. */
export function ownCallsLog(
  { calls }: Witness,
  supply: History,
  out: History,
  { conditions: { health }, meters: { policy } }: ZoneEvidence,
): number {
  let log = 0;
  for (const at of calls) {
    if (!isCallAbout(out, at) || isCallAbout(supply, at)) continue;
    const share = policy.callShares.reduce((sum, one) => sum + one.weight * one.share, 0);
    log += Math.log(share / doubted(policy.strayCall, health.calls, at, policy.sickFalseFactor));
  }
  return log;
}
