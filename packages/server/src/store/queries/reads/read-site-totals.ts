import { type OutageStatus, PROVIDERS, type Provider } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** What the whole site counts, for the header of the console and the metrics. */
export interface SiteTotals {
  /** Without those that announced work explains. */
  readonly openOutages: Readonly<Partial<Record<OutageStatus, number>>>;
  readonly plannedOutages: number;
  readonly customersOutNow: number;
  readonly hazardCalls: number;
  /** Whether any meter is registered. */
  readonly networkLoaded: boolean;
  readonly providers: Readonly<Record<Provider, ProviderTotals>>;
  /** Messages set aside of which not even the provider is known. */
  readonly unknownDeadLetters: number;
}

export interface ProviderTotals {
  /** When the newest stored message was received. */
  readonly lastReceivedAt: Date | null;
  readonly deadLetters: number;
  readonly unmatched: number;
}

interface TotalsRow {
  open_outages: Partial<Record<OutageStatus, number>> | null;
  planned_outages: number;
  customers_out: number;
  hazard_calls: number;
  network_loaded: boolean;
  last_received: Record<string, string | null>;
  dead_letters: Record<string, number> | null;
  unmatched: Record<string, number> | null;
}

// The newest row stands for the newest receipt: both grow together but for files of old recordings.
const TOTALS = `
  select
    (select jsonb_object_agg(x.status, x.outages) from (
      select status, count(*) as outages from oms_outage_events
      where oms_is_open(status) and not planned group by status) x) as open_outages,
    (select count(*)::integer from oms_outage_events where oms_is_open(status) and planned) as planned_outages,
    (select coalesce(sum(customers), 0)::integer from oms_outage_meters where out_until is null) as customers_out,
    (select count(*)::integer from oms_hazard_calls where call_kind = 'hazard') as hazard_calls,
    exists (select from oms_meters) as network_loaded,
    jsonb_build_object(
      'scada', (select received_at from scada_events order by id desc limit 1),
      'onu', (select received_at from onu_events order by id desc limit 1),
      'kaifa', (select received_at from kaifa_events order by id desc limit 1),
      'call_center', (select received_at from callcenter_ticket_messages order by id desc limit 1)) as last_received,
    (select jsonb_object_agg(x.source_type, x.letters) from (
      select source_type, count(*) as letters from oms_dead_letters
      where status = 'set_aside' group by source_type) x) as dead_letters,
    (select jsonb_object_agg(x.source_type, x.identifiers) from (
      select source_type, count(*) as identifiers from oms_unmatched_identifiers
      where matched_at is null group by source_type) x) as unmatched`;

/** What the whole site counts now. */
export async function readSiteTotals(database: Queryable): Promise<SiteTotals> {
  const { rows } = await database.query<TotalsRow>(TOTALS);
  const row = rows[0] as TotalsRow;
  return {
    openOutages: row.open_outages ?? {},
    plannedOutages: row.planned_outages,
    customersOutNow: row.customers_out,
    hazardCalls: row.hazard_calls,
    networkLoaded: row.network_loaded,
    providers: Object.fromEntries(
      PROVIDERS.map((provider) => [provider, toProviderTotals(row, provider)]),
    ) as Record<Provider, ProviderTotals>,
    unknownDeadLetters: row.dead_letters?.unknown ?? 0,
  };
}

function toProviderTotals(row: TotalsRow, provider: Provider): ProviderTotals {
  const stored = provider === 'call-center' ? 'call_center' : provider;
  const last = row.last_received[stored] ?? null;
  return {
    lastReceivedAt: last === null ? null : new Date(last),
    deadLetters: row.dead_letters?.[stored] ?? 0,
    unmatched: row.unmatched?.[stored] ?? 0,
  };
}
