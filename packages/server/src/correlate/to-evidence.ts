import {
  DEVICE_SIGNAL_KINDS,
  type DeviceSignal,
  type DeviceSignalKind,
  METER_REPORT_KINDS,
  type MeterReport,
  type MeterReportKind,
} from '@lastgasp/engine';
import type { EvidenceRow } from '../store/queries/correlate/read-evidence.ts';

/** A row of the evidence log as a signal about a device; nothing where it is none. */
export function toDeviceSignal(row: EvidenceRow): readonly DeviceSignal[] {
  const kind = DEVICE_SIGNAL_KINDS.find((one): one is DeviceSignalKind => one === row.kind);
  if (kind === undefined || row.deviceKey === null) return [];
  return [{ ...common(row), kind, deviceKey: row.deviceKey }];
}

/** A row of the evidence log as a report of a meter's supply; nothing where it is none. */
export function toMeterReport(row: EvidenceRow): readonly MeterReport[] {
  const kind = METER_REPORT_KINDS.find((one): one is MeterReportKind => one === row.kind);
  if (kind === undefined || row.meterKey === null) return [];
  return [{ ...common(row), kind, meterKey: row.meterKey }];
}

function common(row: EvidenceRow) {
  return {
    key: Number(row.key.id),
    eventAt: row.eventAt,
    receivedAt: row.receivedAt,
    source: { type: row.sourceType, eventKey: row.sourceEventKey },
  };
}
