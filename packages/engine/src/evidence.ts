import type { EvidenceKind, SourceType } from '@lastgasp/model';
import { type Instant, minutes } from './instant.ts';
import type { Policy } from './policy.ts';

/** Where a piece of evidence comes from. */
export interface EvidenceSource {
  readonly type: SourceType;
  /** Row of the provider's event table; null for an act of the house that has none. */
  readonly eventKey: number | null;
}

interface Evidence {
  /** Row of the evidence log: two pieces with one key are one piece. */
  readonly key: number;
  readonly eventAt: Instant;
  readonly receivedAt: Instant;
  readonly source: EvidenceSource;
}

/** The kinds of evidence that telemetry gives about a device. */
export const DEVICE_SIGNAL_KINDS = [
  'switch_open',
  'voltage_lost',
  'switch_closed',
  'voltage_present',
] as const satisfies readonly EvidenceKind[];
export type DeviceSignalKind = (typeof DEVICE_SIGNAL_KINDS)[number];

/** The kinds of evidence about one meter's supply that outages are judged by. */
export const METER_REPORT_KINDS = [
  'power_off',
  'power_on',
  'no_supply_call',
] as const satisfies readonly EvidenceKind[];
export type MeterReportKind = (typeof METER_REPORT_KINDS)[number];

/** What telemetry said about one device of the network. */
export interface DeviceSignal extends Evidence {
  readonly kind: DeviceSignalKind;
  /** Database key of the device. */
  readonly deviceKey: number;
}

/** What was reported about one meter's supply. */
export interface MeterReport extends Evidence {
  readonly kind: MeterReportKind;
  /** Database key of the meter. */
  readonly meterKey: number;
}

/** Whether evidence is stamped so far from its receipt that its clock cannot be believed: it opens and closes nothing. */
export function isClockSuspect(
  evidence: { readonly eventAt: Instant; readonly receivedAt: Instant },
  policy: Policy,
): boolean {
  const { eventAt, receivedAt } = evidence;
  return (
    eventAt > receivedAt + minutes(policy.futureSkewLimitMinutes) ||
    eventAt < receivedAt - minutes(policy.pastSkewLimitMinutes)
  );
}
