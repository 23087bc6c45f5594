import type { ProviderCondition, SourceType } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import { metersBelow, type Network } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import type { Slot } from './slots.ts';
import { HEALTHY, type SourceHealth } from './source-health.ts';
import type { Zone } from './zone.ts';

/** Work for which a device is opened, as it was announced. */
export interface PlannedWork {
  /** Database key of the device. */
  readonly deviceKey: number;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** Something that is known to be wrong with a provider. */
export interface NotedCondition {
  readonly source: Exclude<SourceType, 'system'>;
  readonly condition: ProviderCondition;
  readonly startsAt: Instant;
  /** Null while it lasts. */
  readonly endsAt: Instant | null;
  /** Of a late one: by how much; null where nobody knows. */
  readonly lagSeconds: number | null;
}

/** What is known beside the evidence: announced work, and what is wrong with the providers. */
export interface SiteConditions {
  readonly works: readonly PlannedWork[];
  readonly providers: readonly NotedCondition[];
}

/** Nothing is announced and nobody is sick. */
export const NO_CONDITIONS: SiteConditions = { works: [], providers: [] };

/** How each source does. */
export interface SiteHealth {
  readonly meters: SourceHealth;
  readonly terminals: SourceHealth;
  readonly calls: SourceHealth;
  readonly telemetry: SourceHealth;
}

/** Nobody is sick. */
export const ALL_HEALTHY: SiteHealth = {
  meters: HEALTHY,
  terminals: HEALTHY,
  calls: HEALTHY,
  telemetry: HEALTHY,
};

/** Announced work in a zone; seconds since 1970, positions of meters. */
export interface ZoneWork {
  /** The node whose device is opened for it. */
  readonly node: number;
  /** Meters below the device. */
  readonly from: number;
  readonly to: number;
  /** What opens between these is part of it; both belong to it. */
  readonly opensFrom: number;
  readonly opensUntil: number;
  /** What is not back by then is no part of it any more. */
  readonly endsBy: number;
}

/** Conditions as they concern one zone. */
export interface ZoneConditions {
  readonly health: SiteHealth;
  readonly works: readonly ZoneWork[];
}

/** Nothing concerns the zone. */
export const UNCONCERNED: ZoneConditions = { health: ALL_HEALTHY, works: [] };

/** How the sources do under what is noted of them. */
export function healthOf(providers: readonly NotedCondition[]): SiteHealth {
  return {
    meters: sourceHealth(providers, 'kaifa'),
    terminals: sourceHealth(providers, 'onu'),
    calls: sourceHealth(providers, 'call_center'),
    telemetry: sourceHealth(providers, 'scada'),
  };
}

function sourceHealth(providers: readonly NotedCondition[], source: NotedCondition['source']): SourceHealth {
  const own = providers.filter((noted) => noted.source === source);
  if (own.length === 0) return HEALTHY;
  const stretch = ({ startsAt, endsAt }: NotedCondition) => ({
    from: startsAt / 1e6,
    to: endsAt === null ? Number.POSITIVE_INFINITY : endsAt / 1e6,
  });
  const isMute = ({ condition, lagSeconds }: NotedCondition): boolean =>
    condition === 'silent' || condition === 'unreliable' || (condition === 'late' && lagSeconds === null);
  return {
    mute: own.filter(isMute).map(stretch),
    late: own.flatMap((noted) =>
      noted.condition === 'late' && noted.lagSeconds !== null
        ? [{ ...stretch(noted), lag: noted.lagSeconds }]
        : [],
    ),
    // What comes late is as true as what comes at once.
    doubtful: own.filter(({ condition }) => condition !== 'late').map(stretch),
  };
}

/** The works that concern a zone: those at devices that open in it. */
export function worksOfZone(
  works: readonly PlannedWork[],
  zone: Zone,
  network: Network,
  { plannedEarlyMinutes, plannedLateMinutes }: TrackingPolicy,
): readonly ZoneWork[] {
  return works.flatMap(({ deviceKey, startsAt, endsAt }): ZoneWork[] => {
    const device = network.deviceOfKey.get(deviceKey);
    const node = device === undefined ? undefined : zone.nodeOfDevice.get(device);
    if (device === undefined || node === undefined || zone.nodes[node]?.devices.includes(device) !== true)
      return [];
    return [
      {
        node,
        ...metersBelow(network, device),
        opensFrom: startsAt / 1e6 - 60 * plannedEarlyMinutes,
        opensUntil: endsAt / 1e6,
        endsBy: endsAt / 1e6 + 60 * plannedLateMinutes,
      },
    ];
  });
}

/** Whether announced work opens a node's device in a slot. */
export function isOpenedByPlan(works: readonly ZoneWork[], node: number, { from }: Slot): boolean {
  return works.some((work) => work.node === node && from >= work.opensFrom && from <= work.opensUntil);
}
