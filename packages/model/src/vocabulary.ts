// The closed sets of words that the registry stores. Each is compared by a test with the check constraint
// of the same name in the database.

/** The four systems that outages are learnt from, plus the house's own acts; as stored in `source_type`. */
export const SOURCE_TYPES = ['scada', 'onu', 'kaifa', 'call_center', 'system'] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** The provider names of routes, recorded files and topics; `call-center` is stored as `call_center`. */
export const PROVIDERS = ['scada', 'onu', 'kaifa', 'call-center'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Whether a meter's service has supply, by the newest report of the meter itself. */
export const POWER_STATUSES = ['on', 'off', 'unknown'] as const;
export type PowerStatus = (typeof POWER_STATUSES)[number];

/** Whether a meter can be heard. Silence makes it offline, never off. */
export const COMMUNICATION_STATUSES = ['online', 'offline', 'unknown'] as const;
export type CommunicationStatus = (typeof COMMUNICATION_STATUSES)[number];

/** What a row of the meter's audit trail tells. */
export const METER_STATUS_EVENT_TYPES = [
  'power_on',
  'power_off',
  'communication_lost',
  'communication_restored',
] as const;

/** The life cycle of an outage (CIM OutageStatusKind, with the words the utility's table uses). */
export const OUTAGE_STATUSES = [
  'detected',
  'confirmed',
  'in_progress',
  'partially_restored',
  'restored',
  'cancelled',
] as const;
export type OutageStatus = (typeof OUTAGE_STATUSES)[number];

/** How bad an outage is, from the customers it interrupts. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a device is. The last three stand for themselves where a network bundle has no devices of its own. */
export const DEVICE_KINDS = [
  'breaker',
  'recloser',
  'sectionalizer',
  'fuse',
  'switch',
  'transformer',
  'line',
  'distribution_point',
  'feeder',
  'substation',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** What one piece of evidence says; the evidence log stores these words. */
export const EVIDENCE_KINDS = [
  'switch_open',
  'switch_closed',
  'voltage_lost',
  'voltage_present',
  'power_off',
  'power_on',
  'heard',
  'not_heard',
  'phase_voltage',
  'no_supply_call',
  'call_withdrawn',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** What a caller tells; only `no_supply` is evidence of an outage, a hazard comes before everything else. */
export const CALL_KINDS = ['no_supply', 'hazard', 'partial_supply', 'other'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** Whether announced work is still to take place. */
export const PLANNED_WORK_STATUSES = ['planned', 'cancelled'] as const;
export type PlannedWorkStatus = (typeof PLANNED_WORK_STATUSES)[number];

/**
 * What is wrong with a provider: it tells nothing; what it tells comes later than usual; it tells things again as if they were new; it
 * tells what is not so, and not all that is.
 */
export const PROVIDER_CONDITIONS = ['silent', 'late', 'duplicating', 'unreliable'] as const;
export type ProviderCondition = (typeof PROVIDER_CONDITIONS)[number];
