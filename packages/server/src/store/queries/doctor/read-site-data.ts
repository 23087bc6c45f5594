import type { Provider, ProviderCondition } from '@lastgasp/model';
import type { Pool } from 'pg';
import type { Queryable } from '../queryable.ts';
import { type DeviceTree, readNetworkFindings } from './read-network-findings.ts';

/** How many of a provider's newest events are looked at: counting millions would take its time. */
const NEWEST = 1_000;

/** What is there of one provider. */
export interface ProviderData {
  /** Time of receipt of its newest event; null where there is none. */
  readonly lastReceivedAt: Date | null;
  /** How many of its newest events were looked at, at most 1,000, and how many of them found a meter. */
  readonly newest: number;
  readonly newestMatched: number;
  /** What is wrong with it now, found or noted. */
  readonly conditions: readonly ProviderCondition[];
}

/** How much the registry holds and how each provider is heard. */
export interface SiteData {
  readonly substations: number;
  readonly feeders: number;
  /** Active meters, and those of them whose feeder is known. */
  readonly meters: number;
  readonly linkedMeters: number;
  readonly deviceTree: DeviceTree;
  /** Messages set aside, by `source_type`; `unknown` where not even the provider is known. */
  readonly deadLetters: Readonly<Record<string, number>>;
  /** Identifiers of stored events that the registry does not know, by kind. */
  readonly unmatchedIdentifiers: Readonly<Record<string, number>>;
  readonly providers: Readonly<Record<Provider, ProviderData>>;
}

/** What each provider's newest events look like, oldest column first: id, time of receipt, whether a meter was found. */
const NEWEST_EVENTS: Readonly<Record<Provider, string>> = {
  scada: 'select id, received_at, total_meters > 0 as matched from scada_events',
  onu: 'select id, received_at, exists (select from onu_event_meters m where m.onu_event_id = e.id) as matched from onu_events e',
  kaifa: 'select id, received_at, meter_id is not null as matched from kaifa_events',
  'call-center': 'select id, received_at, meter_id is not null as matched from callcenter_tickets',
};

/** Counts what is there. */
export async function readSiteData(client: Pool): Promise<SiteData> {
  const { rows } = await client.query(
    `select (select count(*)::int from network_substations) as substations,
       (select count(*)::int from network_feeders) as feeders,
       m.meters, m.linked,
       (select coalesce(jsonb_object_agg(d.source_type, d.letters order by d.source_type), '{}') from (
         select source_type, count(*) as letters from oms_dead_letters
         where status = 'set_aside' group by 1) d) as dead_letters,
       (select coalesce(jsonb_object_agg(u.identifier_kind, u.identifiers), '{}') from (
         select identifier_kind, count(*) as identifiers from oms_unmatched_identifiers
         where matched_at is null group by 1) u) as unmatched,
       (select max(received_at) from (
         select received_at from callcenter_ticket_messages order by id desc limit 1) t) as last_call_message
     from (select count(*)::int as meters, count(feeder_id)::int as linked from oms_meters where status = 'active') m`,
  );
  const row = rows[0];
  const calls = await readProvider(client, 'call-center');
  return {
    substations: row.substations,
    feeders: row.feeders,
    meters: row.meters,
    linkedMeters: row.linked,
    deviceTree: await readNetworkFindings(client),
    deadLetters: row.dead_letters,
    unmatchedIdentifiers: row.unmatched,
    providers: {
      scada: await readProvider(client, 'scada'),
      onu: await readProvider(client, 'onu'),
      kaifa: await readProvider(client, 'kaifa'),
      // A new status of an old ticket is a sign of life, too.
      'call-center': { ...calls, lastReceivedAt: row.last_call_message },
    },
  };
}

async function readProvider(client: Queryable, provider: Provider): Promise<ProviderData> {
  const { rows } = await client.query<{
    last: Date | null;
    newest: number;
    matched: number;
    conditions: ProviderCondition[];
  }>(
    `select max(received_at) as last, count(*)::int as newest, (count(*) filter (where matched))::int as matched,
       array(select condition from oms_provider_conditions
         where source_type = $1 and starts_at <= now() and coalesce(ends_at, 'infinity') > now() order by 1) as conditions
     from (${NEWEST_EVENTS[provider]} order by id desc limit ${NEWEST}) n`,
    [provider.replace('-', '_')],
  );
  const [row] = rows;
  return {
    lastReceivedAt: row?.last ?? null,
    newest: row?.newest ?? 0,
    newestMatched: row?.matched ?? 0,
    conditions: row?.conditions ?? [],
  };
}
