import type { Instant, OutageState } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** What was decided of one outage, and why. */
export interface OutageDecision {
  readonly outageKey: number;
  readonly deviceKey: number;
  readonly meterKey: number | null;
  readonly state: OutageState;
  readonly customersInterval: readonly [low: number, high: number];
  readonly explanation: object;
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
       customers, customers_low, customers_high, customers_out_now, policy_version, explanation)
     select w.outage_id, ${instantOf('$12::bigint')}, w.status, w.device_id, w.meter_id, ${instantOf('w.started_at')},
       ${instantOf('w.ended_at')}, w.confidence, w.customers, w.low, w.high, w.out_now, $13, w.explanation
     from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::numeric[], $8::bigint[],
       $9::integer[], $10::integer[], $11::integer[], $14::jsonb[])
       as w (outage_id, status, device_id, meter_id, started_at, ended_at, confidence, customers, low, high, out_now, explanation)`,
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
      decisions.map(({ explanation }) => JSON.stringify(explanation)),
    ],
  );
}
