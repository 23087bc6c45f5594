import { PROVIDERS, type Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import { readEvidenceLag } from '../../src/store/queries/correlate/read-evidence-lag.ts';
import { STORED_KEYS } from '../load/event-keys.ts';
import type { Load } from '../load/make-load.ts';
import type { Instance } from '../parts/instance.ts';

/** What the drill's driver knows of a load that was sent to its end. */
export interface Sent {
  readonly load: Load;
  /** Events and hashes of poison that were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
}

interface Stored {
  readonly keys: Readonly<Record<Provider, readonly string[]>>;
  readonly letters: ReadonlyMap<string, number>;
}

async function readStored(pool: Pool): Promise<Stored> {
  const keys = {} as Record<Provider, readonly string[]>;
  for (const provider of PROVIDERS) {
    keys[provider] = (await pool.query<{ key: string }>(STORED_KEYS[provider])).rows.map(({ key }) => key);
  }
  const { rows } = await pool.query<{ sha256: string; times: number }>(
    `select encode(payload_sha256, 'hex') as sha256, times_seen as times from oms_dead_letters`,
  );
  return { keys, letters: new Map(rows.map(({ sha256, times }) => [sha256, times])) };
}

/**
 * I1 acknowledged implies stored, I2 one row an event, and I3 conservation: what is stored or set aside is what was sent, by
 * the driver's own count.
 */
export async function checkConservation(
  pool: Pool,
  { load, acknowledged }: Sent,
): Promise<readonly string[]> {
  const breaches: string[] = [];
  const { keys, letters } = await readStored(pool);
  const all = new Set([...letters.keys(), ...PROVIDERS.flatMap((provider) => keys[provider])]);
  const missing = [...acknowledged].filter((key) => !all.has(key));
  if (missing.length > 0) breaches.push(`I1 ${missing.length} acknowledged and not stored: ${some(missing)}`);

  for (const provider of PROVIDERS) {
    const stored = keys[provider];
    const distinct = new Set(stored);
    if (distinct.size < stored.length) {
      breaches.push(`I2 ${provider}: ${stored.length - distinct.size} events have two rows`);
    }
    const sent = new Set(
      load.messages.filter((one) => one.provider === provider).flatMap(({ keys: own }) => own),
    );
    breaches.push(...differences(`I3 ${provider} events`, sent, distinct));
  }
  const poison = new Set(load.messages.flatMap(({ poisonSha256 }) => poisonSha256 ?? []));
  breaches.push(...differences('I3 messages set aside', poison, new Set(letters.keys())));
  return breaches;
}

function differences(
  what: string,
  sent: ReadonlySet<string>,
  stored: ReadonlySet<string>,
): readonly string[] {
  const lost = [...sent].filter((key) => !stored.has(key));
  const invented = [...stored].filter((key) => !sent.has(key));
  return [
    ...(lost.length > 0 ? [`${what}: ${lost.length} of ${sent.size} lost: ${some(lost)}`] : []),
    ...(invented.length > 0 ? [`${what}: ${invented.length} that nobody sent: ${some(invented)}`] : []),
  ];
}

const some = (keys: readonly string[]): string => keys.slice(0, 3).join(', ');

/** What answers counted by provider. */
export type Counts = Readonly<Record<Provider, Readonly<Record<(typeof RESULTS)[number], number>>>>;

const RESULTS = ['stored', 'duplicate', 'rejected'] as const;

/**
 * I3 from the metrics: what a process counts is what its answers told. `isExact` where every answer arrived; else the process
 * may have counted what the sender did not hear of.
 */
export async function checkMetrics(
  instances: readonly Instance[],
  answered: Counts,
  isExact: boolean,
): Promise<readonly string[]> {
  const breaches: string[] = [];
  const sums = new Map<string, number>();
  for (const instance of instances) {
    for (const [labels, value] of await instance.metric('oms_events_received_total')) {
      sums.set(labels, (sums.get(labels) ?? 0) + value);
    }
  }
  for (const provider of PROVIDERS) {
    for (const result of RESULTS) {
      const counted = sums.get(`provider="${provider}",result="${result}"`) ?? -1;
      const told = answered[provider][result];
      if (isExact ? counted !== told : counted < told) {
        breaches.push(`I3 metrics: ${provider} ${result} is ${counted}, the answers told ${told}`);
      }
    }
  }
  return breaches;
}

const LIFE_CYCLE: Readonly<Record<string, string>> = {
  'begins otherwise than with its detection': `
    select distinct on (outage_event_id) outage_event_id, event_type as word from oms_event_timeline
    order by outage_event_id, id`,
  'changed after its end without a named reopening': `
    select outage_event_id, event_type as word from (
      select outage_event_id, event_type, status, lag(status) over (partition by outage_event_id order by id) as before
      from oms_event_timeline) steps
    where before in ('restored', 'cancelled') and status <> before
      and event_type not in ('reopened', 'replaced', 'withdrawn')`,
  'has another status than its timeline ends with': `
    select o.id as outage_event_id, o.status as word from oms_outage_events o
    join lateral (select status from oms_event_timeline t where t.outage_event_id = o.id order by t.id desc limit 1) t on true
    where t.status <> o.status`,
  'ends before it starts': `
    select id as outage_event_id, status as word from oms_outage_events where actual_restoration_time < started_at`,
  'has ended and still interrupts meters': `
    select o.id as outage_event_id, o.status as word from oms_outage_events o
    where o.status in ('restored', 'cancelled')
      and exists (select from oms_outage_meters m where m.outage_event_id = o.id and m.out_until is null)`,
};

/** I7: the life of every outage takes only steps that are allowed. */
export async function checkLifeCycle(pool: Pool): Promise<readonly string[]> {
  const breaches: string[] = [];
  for (const [fault, query] of Object.entries(LIFE_CYCLE)) {
    const { rows } = await pool.query<{ outage_event_id: string; word: string }>(query);
    const wrong = fault.startsWith('begins') ? rows.filter(({ word }) => word !== 'detected') : rows;
    const [first] = wrong;
    if (first === undefined) continue;
    const life = await tellLife(pool, first.outage_event_id);
    breaches.push(`I7 ${wrong.length} outages: one ${fault} (${first.word}): ${life}`);
  }
  return breaches;
}

async function tellLife(pool: Pool, outage: string): Promise<string> {
  const { rows } = await pool.query<{ id: string; steps: string | null }>(
    `select o.event_id as id, (select string_agg(t.event_type || ' ' || t.status, ', ' order by t.id)
       from oms_event_timeline t where t.outage_event_id = o.id) as steps
     from oms_outage_events o where o.id = $1`,
    [outage],
  );
  return `${rows[0]?.id}: ${rows[0]?.steps}`;
}

const STUCK_SESSIONS = `
  select application_name || ' ' || state as who from pg_stat_activity
  where datname = current_database() and application_name like 'lastgasp%'
    and state like 'idle in transaction%' and state_change < now() - interval '5 seconds'`;

/** I10: what work is left, in words; nothing once all of it is done. */
export async function findStuckWork(pool: Pool, instances: readonly Instance[]): Promise<readonly string[]> {
  const stuck: string[] = [];
  const lag = await readEvidenceLag(pool);
  if (lag.rows > 0) stuck.push(`I10 ${lag.rows} rows of evidence wait`);
  const { rows: sessions } = await pool.query<{ who: string }>(STUCK_SESSIONS);
  for (const { who } of sessions) stuck.push(`I10 a session is stuck: ${who}`);
  const { rows: leases } = await pool.query<{ holder: string }>(
    `select holder from oms_leases where name = 'correlator' and expires_at > now()`,
  );
  const holder = Number(leases[0]?.holder.split(':')[1]);
  if (!instances.some(({ pid }) => pid === holder)) {
    stuck.push(`I10 the lease of the correlator is held by ${leases[0]?.holder ?? 'nobody'}`);
  }
  for (const instance of instances) {
    const waiting = (await instance.metric('oms_ingest_waiting')).get('');
    if (waiting !== 0) stuck.push(`I10 ${waiting} events wait in ${instance.name}`);
    for (const [labels, messages] of await instance.metric('oms_kafka_lag_messages')) {
      if (messages > 0) stuck.push(`I10 ${messages} messages of ${labels} wait for ${instance.name}`);
    }
    if (((await instance.metric('oms_kafka_paused_partitions')).get('') ?? 0) > 0) {
      stuck.push(`I10 partitions of ${instance.name} are paused`);
    }
  }
  return stuck;
}

/** I10: what a process that has ended left behind in the database. */
export async function findRemains(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ what: string }>(
    `select 'a session of ' || application_name as what from pg_stat_activity
     where datname = current_database() and application_name like 'lastgasp%'
     union all
     select 'an advisory lock of session ' || l.pid from pg_locks l
     join pg_database d on d.oid = l.database
     where l.locktype = 'advisory' and d.datname = current_database()`,
  );
  return rows.map(({ what }) => `I10 ${what} is left`);
}

const LOG_FAULTS = /unhandled|uncaught|the thread of the correlator died|"level":"(?:error|fatal)"/i;

/** Lines of a process's log that must never be there. */
export function findLogFaults(log: string, isExpected: (line: string) => boolean): readonly string[] {
  return log
    .split('\n')
    .filter((line) => LOG_FAULTS.test(line) && !isExpected(line))
    .map((line) => `log: ${line.slice(0, 400)}`);
}
