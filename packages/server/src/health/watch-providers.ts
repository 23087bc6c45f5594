import {
  defaultProviderPolicy,
  judgeProvider,
  type ProviderJudgement,
  type ProviderPolicy,
  settleConditions,
} from '@lastgasp/engine';
import type { Pool } from 'pg';
import { withTransaction } from '../store/pool.ts';
import { type KeptFigures, keepProviderHealth } from '../store/queries/health/keep-provider-health.ts';
import { type MeasuredProvider, readProviderFigures } from '../store/queries/health/read-provider-figures.ts';
import { rollProviderHours } from '../store/queries/health/roll-provider-hours.ts';
import { tryWatchLock } from '../store/queries/health/try-watch-lock.ts';
import { writeFoundConditions } from '../store/queries/health/write-found-conditions.ts';

/** What one look at the providers came to, a line for each change. */
export interface ProviderChange {
  readonly source: MeasuredProvider['source'];
  readonly condition: string;
  readonly change: 'found' | 'later' | 'over';
  readonly reason: string | null;
}

const WINDOW_MINUTES = 30;

/**
 * Looks at every provider once, at `at` or the database's time: closes past hours, judges, and notes or ends what follows, all in one
 * transaction. Null where another process is looking.
 */
export function lookAtProviders(
  pool: Pool,
  { at, policy = defaultProviderPolicy }: { readonly at?: Date; readonly policy?: ProviderPolicy } = {},
): Promise<readonly ProviderChange[] | null> {
  return withTransaction(pool, async (client) => {
    const now = await tryWatchLock(client);
    if (now === null) return null;
    await rollProviderHours(client, at ?? now);
    const found: ProviderChange[] = [];
    for (const provider of await readProviderFigures(client, at ?? now)) {
      const { source, figures, known } = provider;
      const lasting = Object.fromEntries(known.lasting.map((one) => [one.condition, { since: one.since }]));
      const judgement = judgeProvider(figures, lasting, policy);
      const changes = settleConditions(judgement.verdicts, known);
      await writeFoundConditions(client, source, changes);
      await keepProviderHealth(client, provider, toFigures(provider, judgement), changes);
      found.push(
        ...changes.note.map(({ condition, reason }) => ({
          source,
          condition,
          change: 'found' as const,
          reason,
        })),
        ...changes.relag.map(({ condition }) => ({
          source,
          condition,
          change: 'later' as const,
          reason: null,
        })),
        ...changes.end.map(({ condition }) => ({ source, condition, change: 'over' as const, reason: null })),
      );
    }
    return found;
  });
}

function toFigures(
  { figures }: MeasuredProvider,
  { rhythm, silentAfterSeconds }: ProviderJudgement,
): KeptFigures {
  const sum = (of: 'stored' | 'duplicate' | 'rejected') =>
    figures.minutes.reduce((total, minute) => total + Number(minute[of]), 0);
  const [stored, duplicate, rejected] = [sum('stored'), sum('duplicate'), sum('rejected')];
  const all = stored + duplicate + rejected;
  const { delays } = figures;
  return {
    messagesPerMinute: all / WINDOW_MINUTES,
    usualMessagesPerMinute: rhythm.ratePerMinute,
    usualSilenceSeconds: rhythm.silenceSeconds,
    silentAfterSeconds,
    comparableHours: rhythm.comparableHours,
    duplicateShare: stored + duplicate === 0 ? null : duplicate / (stored + duplicate),
    usualDuplicateShare: rhythm.duplicateShare,
    rejectShare: all === 0 ? null : rejected / all,
    usualRejectShare: rhythm.rejectShare,
    delay:
      delays === null
        ? null
        : {
            events: delays.count,
            lowSeconds: delays.low,
            medianSeconds: delays.median,
            highSeconds: delays.high,
          },
    usualDelaySeconds: rhythm.medianDelaySeconds,
  };
}
