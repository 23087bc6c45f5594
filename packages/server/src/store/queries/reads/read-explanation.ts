import type { OutageExplanation as EngineExplanation } from '@lastgasp/engine';
import { formatInstant } from '@lastgasp/engine';
import type { OutageExplanation } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

interface DecisionRow {
  decided_at: Date;
  policy_version: string;
  /** Null where the outage was taken off. */
  explanation: EngineExplanation | null;
  /** Numbers of the meters that the explanation names, by their keys. */
  numbers: Record<string, string> | null;
}

/** Why an outage was believed at its last decision that was made by `asOf`, or ever where that is null; null where none was. */
export async function readExplanation(
  database: Queryable,
  outageNumber: string,
  asOf: Date | null = null,
): Promise<OutageExplanation | null> {
  const { rows } = await database.query<DecisionRow>(
    `select d.decided_at, d.policy_version, d.explanation,
       (select jsonb_object_agg(m.id, m.meter_number) from oms_meters m where m.id in (
         select (p -> 'meterKey')::bigint from jsonb_array_elements(d.explanation -> 'pings') as p
         union
         select (a ->> 'serviceOf')::bigint from jsonb_array_elements(d.explanation -> 'alternatives') as a)) as numbers
     from oms_outage_decisions d
     where d.outage_event_id = $1 and ($2::timestamptz is null or d.decided_at <= $2)
     order by d.decided_at desc, d.id desc
     limit 1`,
    [outageNumber, asOf],
  );
  const [row] = rows;
  if (row === undefined || row.explanation === null) return null;
  const { sources, branches, branchCount, telemetry, alternatives, pings } = row.explanation;
  const numberOf = (key: number): string => row.numbers?.[String(key)] ?? String(key);
  return {
    decidedAt: row.decided_at.toISOString(),
    policyVersion: row.policy_version,
    sources: { ...sources },
    branches: branches.map((branch) => ({ ...branch })),
    branchCount,
    telemetry: telemetry.map(({ device, says, at }) => ({ device, says, at: formatInstant(at) })),
    alternatives: alternatives.map(({ devices, serviceOf, probability }) => ({
      devices: [...devices],
      service: serviceOf === null ? null : numberOf(serviceOf),
      probability,
    })),
    pings: pings.map(({ meterKey, gain, dead }) => ({ meterNumber: numberOf(meterKey), gain, dead })),
  };
}
