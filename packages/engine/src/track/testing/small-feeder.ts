import { type Instant, minutes } from '../../instant.ts';
import { defaultTrackingPolicy } from '../../policy-tracking.ts';
import { STORM_START } from '../../simulate/simulate-storm.ts';
import type { Site } from '../../simulate/site.ts';
import { deviceAt, meterAt, SiteBuilder } from '../../simulate/testing/site-builder.ts';
import { OutageTracker, type TrackerRecord } from '../outage-tracker.ts';
import type { NotedCondition, PlannedWork, SiteConditions } from '../site-conditions.ts';
import type { TrackedOutage } from '../tracked-outage.ts';

/** Two fuses below a breaker, two transformers below each, eight meters below each of these: M1 to M32. */
export function smallFeeder(): Site {
  return new SiteBuilder()
    .substation('S')
    .device('CB', 'breaker')
    .device('F1', 'fuse', { below: 'CB' })
    .device('T1', 'transformer', { below: 'F1' })
    .meters(8)
    .device('T2', 'transformer', { below: 'F1' })
    .meters(8)
    .device('F2', 'fuse', { below: 'CB' })
    .device('T3', 'transformer', { below: 'F2' })
    .meters(8)
    .device('T4', 'transformer', { below: 'F2' })
    .meters(8)
    .build();
}

/** The instant so many minutes after the start. */
export const at = (minute: number): Instant => STORM_START + minutes(minute);

/** M`from` to M`to` without every fifth: some gasps never come. */
export const most = (from: number, to: number): readonly string[] =>
  numbers(from, to).filter((_, i) => i % 5 !== 2);

/** M`from` to M`to`. */
export const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `M${from + i}`);

/** What meters say in one minute; no two clocks agree. */
export function said(
  site: Site,
  kind: TrackerRecord['kind'],
  meters: readonly string[],
  minute: number,
  source: TrackerRecord['source']['type'] = 'kaifa',
): readonly TrackerRecord[] {
  return meters.map((number, i) => ({
    kind,
    eventAt: at(minute) + (i % 5) * 300_000,
    source: { type: source },
    meterKey: site.network.meterKey[meterAt(site, number)] as number,
    deviceKey: null,
  }));
}

/** What telemetry says of a device. */
export function told(site: Site, kind: TrackerRecord['kind'], code: string, minute: number): TrackerRecord {
  const deviceKey = site.network.devices[deviceAt(site, code)]?.key as number;
  return { kind, eventAt: at(minute), source: { type: 'scada' }, meterKey: null, deviceKey };
}

/** Work announced at a device from one minute to another. */
export function work(site: Site, code: string, from: number, to: number): PlannedWork {
  const deviceKey = site.network.devices[deviceAt(site, code)]?.key as number;
  return { deviceKey, startsAt: at(from), endsAt: at(to) };
}

/** A condition of a provider from one minute to another; without an end where none is given. */
export function noted(
  source: NotedCondition['source'],
  condition: NotedCondition['condition'],
  from: number,
  to: number | null = null,
  lagSeconds: number | null = null,
): NotedCondition {
  return { source, condition, startsAt: at(from), endsAt: to === null ? null : at(to), lagSeconds };
}

/** All gasped and came back minutes before: their cells are known to work, so that their silence says something. */
export const knownToWork = (site: Site): readonly TrackerRecord[] => [
  ...said(site, 'power_off', numbers(1, 32), -20),
  ...said(site, 'power_on', numbers(1, 32), -18),
];

/** Outages as `F1`, `F1 planned` or `service M3`, of a tracker that was told conditions and records until a minute and judged at it. */
export function judge(
  site: Site,
  conditions: Partial<SiteConditions>,
  records: readonly TrackerRecord[],
  minute: number,
) {
  const tracker = new OutageTracker(site, defaultTrackingPolicy);
  tracker.setConditions({ works: [], providers: [], ...conditions });
  for (const record of records) if (record.eventAt <= at(minute)) tracker.take(record);
  tracker.judge(at(minute));
  return { tracker, ...outagesOf(site, tracker) };
}

/** What a tracker has by its last judgement; what ended before the start is left out. */
export function outagesOf(site: Site, tracker: OutageTracker) {
  const zones = tracker.zones();
  const open = zones.flatMap(({ outages }) => outages.open);
  const ended = zones.flatMap(({ outages }) => outages.ended);
  const endedOutages = ended.filter(({ startedAt }) => startedAt >= at(-1));
  return {
    open: open.map((outage) => nameOf(site, outage)).sort(),
    ended: endedOutages.map((outage) => nameOf(site, outage)).sort(),
    openOutages: open,
    endedOutages,
  };
}

function nameOf(site: Site, { target, isPlanned }: TrackedOutage): string {
  const name =
    target.kind === 'service'
      ? `service ${site.meters.number[target.meter]}`
      : (site.network.devices[target.devices[0] as number]?.code as string);
  return isPlanned ? `${name} planned` : name;
}
