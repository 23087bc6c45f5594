import { type Instant, splitInstant } from './instant.ts';

/**
 * The human id of an outage, `<device>-<YYYYMMDD>T<HHMMSS>[.ffffff]Z`: made from the device's code and the start alone,
 * so that a replay gives the same ids. `oms_outage_event_id` in the database is the same rule.
 */
export function outageEventId(deviceCode: string, startedAt: Instant): string {
  const { seconds, micros } = splitInstant(startedAt);
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${deviceCode}-${seconds.replaceAll(/[-:]/g, '')}${fraction}Z`;
}
