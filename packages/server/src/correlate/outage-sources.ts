import {
  type JoinedEvidence,
  joinedReport,
  joinedSignal,
  type MeterReport,
  type Policy,
} from '@lastgasp/engine';
import type { OutageSource } from '../store/queries/correlate/write-event-sources.ts';
import type { JudgedOutage } from './judged-outage.ts';

const SOURCE_TABLES = {
  scada: 'scada_events',
  onu: 'onu_events',
  kaifa: 'kaifa_events',
  call_center: 'callcenter_tickets',
  system: 'oms_meter_status_events',
} as const;

/**
 * The provider events that belong to an outage, each once: one that is about several meters names none of them. Signals go with
 * the whole outage; a part of its meters brings none. What speaks of the return to supply belongs to it with weight 0.
 */
export function listSources(
  outageKey: number,
  outage: JudgedOutage,
  policy: Policy,
): readonly OutageSource[] {
  const evidence: JoinedEvidence[] = outage.joined.map(joinedReport);
  if (outage.isWhole) evidence.push(...outage.steps.map(joinedSignal));
  const sources = new Map<string, OutageSource>();
  for (const { evidence: one, supports } of evidence) {
    const { type, eventKey } = one.source;
    const source: OutageSource = {
      outageKey,
      sourceType: type,
      sourceEventId: eventKey === null ? `evidence:${one.key}` : String(eventKey),
      sourceTable: eventKey === null ? 'oms_evidence' : SOURCE_TABLES[type],
      meterKey: (one as Partial<MeterReport>).meterKey ?? null,
      weight: supports ? policy.sourceWeights[type] : 0,
      eventAt: one.eventAt,
      receivedAt: one.receivedAt,
    };
    const id = `${type} ${source.sourceEventId}`;
    const same = sources.get(id);
    const isSameMeter = same === undefined || same.meterKey === source.meterKey;
    sources.set(id, isSameMeter ? source : { ...source, meterKey: null });
  }
  return [...sources.values()];
}
