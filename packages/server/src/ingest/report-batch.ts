import type { Provider, Result } from '@lastgasp/model';
import type { ArrivedEvent, StoredEvent } from '../store/queries/ingest/insert-events.ts';

/** One committed batch: how many of what, how long it took, and the lines that tell it to an operator. */
export interface BatchReport {
  readonly provider: Provider;
  readonly events: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly refused: number;
  readonly milliseconds: number;
  readonly lines: readonly BatchLine[];
}

/** A log line: the words, and the figures beside them. */
export interface BatchLine {
  readonly message: string;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Says of a batch what the people who run the consumers look for in their log. No personal data is in it. */
export function reportBatch(
  provider: Provider,
  events: readonly ArrivedEvent[],
  outcomes: readonly Result<StoredEvent, unknown>[],
  milliseconds: number,
): BatchReport {
  const taken = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  const stored = taken.filter((event) => event.outcome === 'stored');
  return {
    provider,
    events: events.length,
    stored: stored.length,
    duplicate: taken.length - stored.length,
    refused: outcomes.length - taken.length,
    milliseconds,
    lines: describe(provider, stored),
  };
}

function describe(provider: Provider, stored: readonly StoredEvent[]): readonly BatchLine[] {
  if (stored.length === 0) return [];
  const meters = stored.reduce((sum, event) => sum + event.metersMatched, 0);
  switch (provider) {
    case 'scada':
      return stored.map((event) => ({
        message: 'SCADA meter check results',
        figures: {
          scadaEventId: event.id,
          total: event.detail?.total_meters,
          offline: event.detail?.offline_meters,
          online: event.detail?.online_meters,
          unknown: event.detail?.unknown_meters,
          ...(event.detail?.outage_event_id === undefined
            ? { reason: event.detail?.reason }
            : { outageEventId: event.detail.outage_event_id }),
        },
      }));
    case 'onu':
      return [
        {
          message: 'ONU meter sync',
          figures: { events: stored.length, meters, unmatched: unmatched(stored) },
        },
      ];
    case 'kaifa':
      return [
        {
          message: 'KAIFA meter sync',
          figures: { events: stored.length, meters, unmatched: unmatched(stored) },
        },
      ];
    case 'call-center':
      return [
        {
          message: 'Call Center tickets linked to oms_meters',
          figures: { tickets: stored.length, linked: meters, unmatched: unmatched(stored) },
        },
      ];
  }
}

const unmatched = (stored: readonly StoredEvent[]): number =>
  stored.filter((event) => event.metersMatched === 0).length;
