import { PROVIDER_CONDITIONS, type ProviderCondition } from '@lastgasp/model';
import type { ProviderPolicy } from './policy-providers.ts';
import type { ProviderFigures } from './provider-figures.ts';
import { learnRhythm, type ProviderRhythm } from './provider-rhythm.ts';

/** What the figures say of one condition; where they are unclear, what was found stays as it is. */
export type ProviderVerdict =
  | {
      readonly kind: 'sick';
      /** Seconds since 1970, as in `well`. */
      readonly since: number;
      readonly lagSeconds: number | null;
      readonly reason: string;
    }
  | { readonly kind: 'well'; readonly since: number }
  | { readonly kind: 'unclear' };

/** How a provider does. */
export interface ProviderJudgement {
  readonly rhythm: ProviderRhythm;
  /** Seconds of silence from which on it is silent; null where its rhythm is not known. */
  readonly silentAfterSeconds: number | null;
  readonly verdicts: Readonly<Record<ProviderCondition, ProviderVerdict>>;
}

/** What was found and lasts: since when, in seconds since 1970. */
export type FoundConditions = Readonly<Partial<Record<ProviderCondition, { readonly since: number }>>>;

const UNCLEAR: ProviderVerdict = { kind: 'unclear' };
const HOUR = 3600;
const WINDOW = 1800;
const DELAY_WINDOW = 900;

/**
 * Judges a provider by its figures and its own past. Each condition is found at one threshold and over at a lower one, so that a figure
 * that hovers at either changes nothing. Given the same figures it says the same.
 */
export function judgeProvider(
  figures: ProviderFigures,
  found: FoundConditions,
  policy: ProviderPolicy,
): ProviderJudgement {
  const rhythm = learnRhythm(figures, policy);
  const silentAfterSeconds =
    rhythm.silenceSeconds === null
      ? null
      : Math.max(policy.shortestSilenceSeconds, policy.silenceFactor * rhythm.silenceSeconds);
  const verdicts = {
    silent: judgeSilence(figures, found, rhythm, silentAfterSeconds, policy),
    late: judgeLag(figures, rhythm, policy),
    duplicating: judgeDuplicates(figures, rhythm, policy),
    unreliable: judgeTrust(figures, rhythm, policy),
  };
  return { rhythm, silentAfterSeconds, verdicts: forgetting(verdicts, figures.now, found, policy) };
}

function judgeSilence(
  { now, lastReceivedAt, minutes }: ProviderFigures,
  found: FoundConditions,
  rhythm: ProviderRhythm,
  silentAfter: number | null,
  policy: ProviderPolicy,
): ProviderVerdict {
  if (lastReceivedAt === null || silentAfter === null || rhythm.silenceSeconds === null) return UNCLEAR;
  const age = now - lastReceivedAt;
  if (age > silentAfter) {
    const { comparableHours, hoursLessSilent } = rhythm;
    return {
      kind: 'sick',
      since: lastReceivedAt,
      lagSeconds: null,
      reason:
        `nothing was received for ${inWords(age)} when this was found; of ${comparableHours} comparable hours ` +
        `${hoursLessSilent} had no such silence`,
    };
  }
  const since = found.silent?.since ?? Number.NEGATIVE_INFINITY;
  if (lastReceivedAt <= since) return UNCLEAR;
  // A minute's beginning may lie before the last word of before.
  const heard = minutes.filter(({ from }) => from + 60 > since);
  // Whoever speaks rarely is back with one word, once he is as quiet as usual.
  const isRare = rhythm.silenceSeconds >= policy.shortestSilenceSeconds;
  if (heard.length < policy.heardMinutes && !(isRare && age >= rhythm.silenceSeconds / 2)) return UNCLEAR;
  const first = heard.find(({ from }) => from > since);
  return { kind: 'well', since: Math.max(since, first?.from ?? lastReceivedAt) };
}

function judgeLag(
  { now, delays }: ProviderFigures,
  rhythm: ProviderRhythm,
  policy: ProviderPolicy,
): ProviderVerdict {
  const usual = rhythm.medianDelaySeconds;
  if (usual === null || delays === null || delays.count < policy.fewestDelays) return UNCLEAR;
  const lateAfter = Math.max(policy.shortestLagSeconds, policy.lagFactor * usual);
  if (delays.median > lateAfter) {
    return {
      kind: 'sick',
      since: delays.since,
      lagSeconds: Math.ceil(delays.high),
      reason: `half of what came was late by more than ${inWords(delays.median)}; its usual delay is ${inWords(usual)} at most`,
    };
  }
  return delays.median <= lateAfter / 2 ? { kind: 'well', since: now - DELAY_WINDOW } : UNCLEAR;
}

function judgeDuplicates(
  figures: ProviderFigures,
  rhythm: ProviderRhythm,
  policy: ProviderPolicy,
): ProviderVerdict {
  const { stored, duplicate } = sumOf(figures);
  return judgeShare(duplicate, stored + duplicate, figures, {
    usual: rhythm.duplicateShare,
    allowed: policy.duplicateShare,
    fewest: policy.fewestForDuplicates,
    policy,
    isBad: (minute) => minute.duplicate > 0,
    what: 'had been received before',
  });
}

/** Whether what it says can be read, and its clock be believed. */
function judgeTrust(
  figures: ProviderFigures,
  rhythm: ProviderRhythm,
  policy: ProviderPolicy,
): ProviderVerdict {
  const { now, delays } = figures;
  const isTold = delays !== null && delays.count >= policy.fewestDelays;
  if (isTold && delays.median < -policy.aheadSeconds) {
    return {
      kind: 'sick',
      since: now - DELAY_WINDOW,
      lagSeconds: null,
      reason: `half of what came was stamped more than ${inWords(-delays.median)} after its receipt`,
    };
  }
  const { stored, duplicate, rejected } = sumOf(figures);
  const verdict = judgeShare(rejected, stored + duplicate + rejected, figures, {
    usual: rhythm.rejectShare,
    allowed: policy.rejectShare,
    fewest: policy.fewestMessages,
    policy,
    isBad: (minute) => minute.rejected > 0,
    what: 'had to be set aside',
  });
  const isStillAhead = isTold && delays.median < -policy.aheadSeconds / 2;
  return verdict.kind === 'well' && isStillAhead ? UNCLEAR : verdict;
}

interface ShareRule {
  readonly usual: number | null;
  readonly allowed: number;
  readonly fewest: number;
  readonly policy: ProviderPolicy;
  readonly isBad: (minute: ProviderFigures['minutes'][number]) => boolean;
  readonly what: string;
}

function judgeShare(
  part: number,
  whole: number,
  { now, minutes }: ProviderFigures,
  { usual, allowed, fewest, policy, isBad, what }: ShareRule,
): ProviderVerdict {
  if (usual === null || whole < fewest) return UNCLEAR;
  const share = part / whole;
  // Halfway between what is allowed and all of it, where so much is usual that adding to it would reach all.
  const sickAbove = Math.max(allowed, Math.min(usual + policy.shareAboveUsual, (1 + usual) / 2));
  if (share > sickAbove) {
    return {
      kind: 'sick',
      since: minutes.find(isBad)?.from ?? now - WINDOW,
      lagSeconds: null,
      reason: `${part} of ${whole} messages in half an hour ${what}; usual are ${Math.round(100 * usual)} % at most`,
    };
  }
  return share <= (sickAbove + usual) / 2 ? { kind: 'well', since: now - WINDOW } : UNCLEAR;
}

/** What was found long ago and nothing speaks for any more is over. A silence speaks for itself. */
function forgetting(
  verdicts: ProviderJudgement['verdicts'],
  now: number,
  found: FoundConditions,
  { forgetHours }: ProviderPolicy,
): ProviderJudgement['verdicts'] {
  const forgotten = PROVIDER_CONDITIONS.filter((condition) => {
    const since = found[condition]?.since;
    if (condition === 'silent' || since === undefined) return false;
    return verdicts[condition].kind === 'unclear' && now - since > forgetHours * HOUR;
  });
  return {
    ...verdicts,
    ...Object.fromEntries(forgotten.map((condition) => [condition, { kind: 'well', since: now - WINDOW }])),
  };
}

function sumOf({ minutes }: ProviderFigures) {
  let [stored, duplicate, rejected] = [0, 0, 0];
  for (const minute of minutes) {
    stored += minute.stored;
    duplicate += minute.duplicate;
    rejected += minute.rejected;
  }
  return { stored, duplicate, rejected };
}

/** Seconds as a person says them. */
function inWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / HOUR)} h`;
}
