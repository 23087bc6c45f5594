import { formatInstant, type Instant } from './instant.ts';

/**
 * The human id of an outage, `<device>-<YYYYMMDD>T<HHMMSS>[.fff[fff]]Z`: made from the device's code and the start alone,
 * so that a replay gives the same ids. A whole second has no fraction, a whole millisecond three digits.
 * `oms_outage_event_id` in the database is the same rule.
 */
export function outageEventId(deviceCode: string, startedAt: Instant): string {
  return `${deviceCode}-${formatInstant(startedAt).replaceAll(/[-:]/g, '')}`;
}
