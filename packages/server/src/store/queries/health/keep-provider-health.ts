import type { ConditionChanges } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import type { MeasuredProvider } from './read-provider-figures.ts';

/** Figures of a provider as they are kept for whoever asks; seconds and shares, null where nothing is known. */
export interface KeptFigures {
  readonly messagesPerMinute: number;
  readonly usualMessagesPerMinute: number | null;
  readonly usualSilenceSeconds: number | null;
  readonly silentAfterSeconds: number | null;
  readonly comparableHours: number;
  readonly duplicateShare: number | null;
  readonly usualDuplicateShare: number | null;
  readonly rejectShare: number | null;
  readonly usualRejectShare: number | null;
  readonly delay: {
    readonly events: number;
    readonly lowSeconds: number;
    readonly medianSeconds: number;
    readonly highSeconds: number;
  } | null;
  readonly usualDelaySeconds: number | null;
}

/** Keeps how a provider did, over what was kept before. */
export async function keepProviderHealth(
  client: Queryable,
  { source, figures: { now, lastReceivedAt } }: MeasuredProvider,
  figures: KeptFigures,
  { found, overruled }: Pick<ConditionChanges, 'found' | 'overruled'>,
): Promise<void> {
  await client.query(
    `insert into oms_provider_health (source_type, measured_at, last_received_at, figures, found, overruled)
     values ($1, to_timestamp($2), to_timestamp($3), $4, $5, $6)
     on conflict (source_type) do update set measured_at = excluded.measured_at, last_received_at = excluded.last_received_at,
       figures = excluded.figures, found = excluded.found, overruled = excluded.overruled`,
    [source, now, lastReceivedAt, JSON.stringify(figures), found, overruled],
  );
}
