import { PROVIDER_CONDITIONS, type ProviderCondition } from '@lastgasp/model';
import type { ProviderVerdict } from './judge-provider.ts';

/** A condition of a provider that is noted and lasts. */
export interface LastingCondition {
  readonly condition: ProviderCondition;
  /** Seconds since 1970. */
  readonly since: number;
  readonly lagSeconds: number | null;
  /** Found by the system; false where a person answers for it. */
  readonly isAutomatic: boolean;
}

/** What was known of a provider's conditions when it was last looked at, and what is noted now. */
export interface KnownConditions {
  readonly lasting: readonly LastingCondition[];
  /** Found and lasting when it was last looked at. */
  readonly found: readonly ProviderCondition[];
  /** Found and ended by a person: not to be noted again before the provider has been well. */
  readonly overruled: readonly ProviderCondition[];
}

/** What is to be written. */
export interface ConditionChanges {
  readonly note: readonly (LastingCondition & { readonly reason: string })[];
  /** A late one that is later than noted. */
  readonly relag: readonly { readonly condition: ProviderCondition; readonly lagSeconds: number }[];
  readonly end: readonly { readonly condition: ProviderCondition; readonly at: number }[];
  readonly found: readonly ProviderCondition[];
  readonly overruled: readonly ProviderCondition[];
}

/** A lag that is noted is noted anew where it has grown by half: each change is judged and audited. */
const LAG_GROWTH = 1.5;

/**
 * What follows from the verdicts. What a person noted is a person's to end; what was found and a person ended stays ended until the
 * provider has been well once.
 */
export function settleConditions(
  verdicts: Readonly<Record<ProviderCondition, ProviderVerdict>>,
  { lasting, found, overruled }: KnownConditions,
): ConditionChanges {
  const changes = {
    note: [] as (LastingCondition & { reason: string })[],
    relag: [] as { condition: ProviderCondition; lagSeconds: number }[],
    end: [] as { condition: ProviderCondition; at: number }[],
    found: [] as ProviderCondition[],
    overruled: [] as ProviderCondition[],
  };
  for (const condition of PROVIDER_CONDITIONS) {
    const verdict = verdicts[condition];
    const noted = lasting.find((one) => one.condition === condition);
    if (noted !== undefined && !noted.isAutomatic) continue;
    if (noted !== undefined) {
      if (verdict.kind === 'well') {
        changes.end.push({ condition, at: Math.max(noted.since, verdict.since) });
        continue;
      }
      changes.found.push(condition);
      const lag = verdict.kind === 'sick' ? verdict.lagSeconds : null;
      if (lag !== null && lag > LAG_GROWTH * (noted.lagSeconds ?? Number.POSITIVE_INFINITY)) {
        changes.relag.push({ condition, lagSeconds: lag });
      }
      continue;
    }
    const isOverruled = found.includes(condition) || overruled.includes(condition);
    if (isOverruled) {
      if (verdict.kind !== 'well') changes.overruled.push(condition);
    } else if (verdict.kind === 'sick') {
      const { since, lagSeconds, reason } = verdict;
      changes.note.push({ condition, since, lagSeconds, reason, isAutomatic: true });
      changes.found.push(condition);
    }
  }
  return changes;
}
