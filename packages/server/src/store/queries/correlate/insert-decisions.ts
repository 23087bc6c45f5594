import type { Instant, OutageState } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** What was decided of one outage, and why. */
export interface OutageDecision {
  readonly outageKey: number;
  readonly deviceKey: number;
  readonly meterKey: number | null;
  readonly state: OutageState;
  /** Null where nobody had said one. */
  readonly customersInterval: readonly [low: number | null, high: number | null];
  readonly unverifiedCustomers: number;
  readonly isPlanned: boolean;
  /** Why it is believed; null where it was taken off, which leaves the sentence that stands. */
  readonly description: string | null;
  readonly explanation: object | null;
  /** The outage that took its place. */
  readonly replacedByKey: number | null;
}

/** Says the clock of a judgement for what the transaction changes of the meters of outages. */
export async function setDecisionClock(client: Queryable, now: Instant): Promise<void> {
  await client.query(`select set_config('lastgasp.decided_at', ${instantOf('$1::bigint')}::text, true)`, [
    now,
  ]);
}

/** Writes decisions as of `now` that rest on these numbers. */
export async function insertDecisions(
  client: Queryable,
  decisions: readonly OutageDecision[],
  policyVersion: string,
  now: Instant,
): Promise<void> {
  if (decisions.length === 0) return;
  await client.query(
    `insert into oms_outage_decisions (outage_event_id, decided_at, status, device_id, meter_id, started_at, ended_at, confidence_score,
       customers, customers_low, customers_high, customers_out_now, policy_version, explanation,
       unverified_customers, planned, momentary, description, replaced_by)
     select w.outage_id, ${instantOf('$12::bigint')}, w.status, w.device_id, w.meter_id, ${instantOf('w.started_at')},
       ${instantOf('w.ended_at')}, w.confidence, w.customers, w.low, w.high, w.out_now, $13, w.explanation,
       w.unverified, w.planned, w.momentary,
       coalesce(w.description, (select o.description from oms_outage_events o where o.id = w.outage_id)), w.replaced_by
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::numeric[], $8::bigint[],
       $9::integer[], $10::integer[], $11::integer[], $14::jsonb[], $15::integer[], $16::boolean[], $17::boolean[], $18::text[], $19::bigint[])
       as w (outage_id, status, device_id, meter_id, started_at, ended_at, confidence, customers, low, high, out_now, explanation,
         unverified, planned, momentary, description, replaced_by)`,
    [
      numberArray(decisions.map(({ outageKey }) => outageKey)),
      decisions.map(({ state }) => state.status),
      numberArray(decisions.map(({ deviceKey }) => deviceKey)),
      numberArray(decisions.map(({ meterKey }) => meterKey)),
      numberArray(decisions.map(({ state }) => state.startedAt)),
      numberArray(decisions.map(({ state }) => state.endedAt)),
      numberArray(decisions.map(({ state }) => state.confidence)),
      numberArray(decisions.map(({ state }) => state.customers)),
      numberArray(decisions.map(({ customersInterval }) => customersInterval[0])),
      numberArray(decisions.map(({ customersInterval }) => customersInterval[1])),
      numberArray(decisions.map(({ state }) => state.customersOutNow)),
      now,
      policyVersion,
      decisions.map(({ explanation }) => (explanation === null ? null : JSON.stringify(explanation))),
      numberArray(decisions.map(({ unverifiedCustomers }) => unverifiedCustomers)),
      decisions.map(({ isPlanned }) => isPlanned),
      decisions.map(({ state }) => state.isMomentary),
      decisions.map(({ description }) => description),
      numberArray(decisions.map(({ replacedByKey }) => replacedByKey)),
    ],
  );
}
