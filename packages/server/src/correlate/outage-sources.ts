import { type Instant, meterPosition, minutes, type Network, type Policy } from '@lastgasp/engine';
import type { EvidenceKind } from '@lastgasp/model';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';
import type { OutageSource } from '../store/queries/correlate/write-event-sources.ts';
import type { StandingOutage } from './judged-outage.ts';
import type { SourceRow } from './report-shelf.ts';

const SOURCE_TABLES = {
  scada: 'scada_events',
  onu: 'onu_events',
  kaifa: 'kaifa_events',
  call_center: 'callcenter_tickets',
  system: 'oms_meter_status_events',
} as const;

/** What each kind of evidence says of the supply; a reading that finds a meter with supply speaks against, and is no part of it. */
const SPEAKS_FOR: Partial<Record<EvidenceKind, boolean>> = {
  power_off: true,
  no_supply_call: true,
  not_heard: true,
  switch_open: true,
  voltage_lost: true,
  power_on: false,
  switch_closed: false,
  voltage_present: false,
};

type Source = Omit<OutageSource, 'outageKey'>;

/**
 * The provider events that belong to each outage, by its id: what was said of its meters and of the devices at and below its own from
 * shortly before it began until it ended, and what was said shortly after of the return of supply. Each event is told once, and one that is about several meters names none
 * of them. What speaks of the return of supply belongs to it with weight 0.
 */
export function listSources(
  network: Network,
  outages: readonly StandingOutage[],
  rows: readonly SourceRow[],
  policy: Policy,
): ReadonlyMap<string, readonly Source[]> {
  const margin = minutes(policy.evidenceLeadMinutes);
  const byMeter = outagesOfMeters(network, outages, rows);
  const found = new Map<string, Map<string, Source>>();
  for (const row of rows) {
    const supports = SPEAKS_FOR[row.kind];
    if (supports === undefined) continue;
    const candidates =
      row.meterKey === null
        ? outages.filter((outage) => isAtOrBelow(network, row.deviceKey, outage))
        : (byMeter.get(meterPosition(network, row.meterKey)) ?? []);
    const outage = nearest(candidates, row.eventAt, margin, supports);
    if (outage === null) continue;
    let own = found.get(outage.id);
    if (own === undefined) {
      own = new Map();
      found.set(outage.id, own);
    }
    add(own, row, supports ? policy.sourceWeights[row.sourceType] : 0);
  }
  return new Map(Array.from(found, ([id, sources]) => [id, [...sources.values()]]));
}

/** The evidence with what makes it a source. */
export function toSourceRow({ key, ...row }: EvidenceRow): SourceRow {
  return { ...row, evidenceId: key.id };
}

/** The outages of those meters that rows are about, by position: outages have far more meters than speak at a time. */
function outagesOfMeters(
  network: Network,
  outages: readonly StandingOutage[],
  rows: readonly SourceRow[],
): ReadonlyMap<number, readonly StandingOutage[]> {
  const isAskedFor = new Uint8Array(network.meterCount);
  const asked: number[] = [];
  for (const { meterKey } of rows) {
    const position = meterKey === null ? -1 : meterPosition(network, meterKey);
    if (position < 0 || isAskedFor[position] === 1) continue;
    isAskedFor[position] = 1;
    asked.push(position);
  }
  asked.sort((a, b) => a - b);
  const byMeter = new Map<number, StandingOutage[]>();
  for (const outage of outages) {
    if (!isAnyWithin(asked, outage.judged, network)) continue;
    for (const position of outage.judged.meters.position) {
      if (isAskedFor[position] === 0) continue;
      const own = byMeter.get(position);
      if (own === undefined) byMeter.set(position, [outage]);
      else own.push(outage);
    }
  }
  return byMeter;
}

/** Whether any of these positions, which ascend, may be a meter of an outage: after a switching some lie outside of its device's range. */
function isAnyWithin(
  asked: readonly number[],
  { from, to }: StandingOutage['judged'],
  network: Network,
): boolean {
  if (network.feedsSince.size > 0) return true;
  let low = 0;
  let high = asked.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((asked[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low < asked.length && (asked[low] as number) < to;
}

function add(own: Map<string, Source>, row: SourceRow, weight: number): void {
  const { sourceType, sourceEventKey, meterKey, eventAt, receivedAt } = row;
  const source: Source = {
    sourceType,
    sourceEventId: sourceEventKey === null ? `evidence:${row.evidenceId}` : String(sourceEventKey),
    sourceTable: sourceEventKey === null ? 'oms_evidence' : SOURCE_TABLES[sourceType],
    meterKey,
    weight,
    eventAt,
    receivedAt,
  };
  const id = `${sourceType} ${source.sourceEventId}`;
  const same = own.get(id);
  own.set(id, same === undefined || same.meterKey === meterKey ? source : { ...source, meterKey: null });
}

/** Whether a device's own meters all lie below the outage; a service is nobody's device. */
function isAtOrBelow(
  network: Network,
  deviceKey: number | null,
  { judged, deviceKey: own }: StandingOutage,
): boolean {
  if (deviceKey === null || judged.isService) return false;
  const device = network.deviceOfKey.get(deviceKey);
  const top = network.deviceOfKey.get(own);
  if (device === undefined || top === undefined) return false;
  const from = network.firstMeter[device] as number;
  const to = network.firstMeter[network.subtreeEnd[device] as number] as number;
  const isBelow = device >= top && device < (network.subtreeEnd[top] as number);
  return isBelow || (from >= judged.from && to <= judged.to && to > from);
}

/** The outage that lasted at an instant, else the one that began or ended least long from it; of two the one that began later. */
function nearest(
  outages: readonly StandingOutage[],
  at: Instant,
  margin: number,
  supports: boolean,
): StandingOutage | null {
  let best: StandingOutage | null = null;
  let bestAway = Number.POSITIVE_INFINITY;
  for (const outage of outages) {
    const { startedAt, endedAt } = outage.judged;
    if (!supports && at <= startedAt) continue;
    if (supports && endedAt !== null && at > endedAt) continue;
    const away = at < startedAt ? startedAt - at : endedAt !== null && at > endedAt ? at - endedAt : 0;
    const isBetter =
      away < bestAway || (away === bestAway && best !== null && startedAt > best.judged.startedAt);
    if (away <= margin && isBetter) {
      best = outage;
      bestAway = away;
    }
  }
  return best;
}
