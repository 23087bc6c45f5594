import {
  type DeviceRecord,
  deviceOfMeter,
  fedSince,
  type Instant,
  meterPosition,
  metersBelow,
  minutes,
  type Network,
  type OutageMeters,
} from '@lastgasp/engine';
import type { OutageMember, OutageMemberColumns } from '../store/queries/correlate/load-outage-meters.ts';
import type { StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import type { StoredMembership } from '../store/queries/correlate/read-memberships.ts';
import type { JudgedOutage, StandingOutage } from './judged-outage.ts';

// What was out before the switches were set as they stand keeps what it was then (docs/decisions/0007). Where no switch was ever
// set, each of these gives back what it was given.

/** Who was told to have closed since, and when: what lies below has had supply through it from then on, as far as there is any. */
export function closings(
  network: Network,
  since: Instant,
): readonly { readonly deviceKey: number; readonly eventAt: Instant }[] {
  return [...network.feedsSince].flatMap(([device, eventAt]) => {
    const { key, stateSince } = network.devices[device] as DeviceRecord;
    // Devices that feed backwards were not switched themselves.
    return stateSince === null || stateSince === undefined || eventAt < since
      ? []
      : [{ deviceKey: key, eventAt }];
  });
}

/** The outages of a zone without those of a device from before it fed what is below it now: they were another device's. */
export function sinceSwitching(network: Network, outages: readonly JudgedOutage[]): readonly JudgedOutage[] {
  if (network.feedsSince.size === 0) return outages;
  return outages.filter(
    ({ isService, deviceKeys, startedAt }) =>
      isService || !deviceKeys.every((key) => startedAt < (switchedAt(network, key) ?? startedAt)),
  );
}

/** Keys of the meters that are fed otherwise than they once were, as far as is known. */
export function switchedMeters(network: Network): readonly number[] {
  const keys = new Set<number>();
  for (const device of network.feedsSince.keys()) {
    const { from, to } = metersBelow(network, device);
    for (let at = from; at < to; at++) keys.add(network.meterKey[at] as number);
  }
  return [...keys];
}

/** Minutes around an interruption in which its messages are stamped. */
const MARGIN = minutes(10);

/**
 * Whether a meter's word is about an outage that it was out in before its feed was switched, of a device that does not feed it now: on
 * the present tree it would speak for another outage, which never was.
 */
export function isOfFormerFeed(
  network: Network,
  memberships: ReadonlyMap<number, readonly StoredMembership[]>,
  { meterKey, eventAt }: { readonly meterKey: number | null; readonly eventAt: Instant },
): boolean {
  const own = meterKey === null ? undefined : memberships.get(meterKey);
  if (meterKey === null || own === undefined) return false;
  const position = meterPosition(network, meterKey);
  const device = position < 0 ? -1 : deviceOfMeter(network, position);
  const since = device < 0 ? null : fedSince(network, device);
  if (since === null || eventAt >= since) return false;
  return own.some(
    ({ deviceKey, from, until }) =>
      eventAt >= from - MARGIN &&
      (until === null || eventAt <= until + MARGIN) &&
      !feedsNow(network, deviceKey, position),
  );
}

function feedsNow(network: Network, deviceKey: number, position: number): boolean {
  const device = network.deviceOfKey.get(deviceKey);
  if (device === undefined) return true;
  const { from, to } = metersBelow(network, device);
  return position >= from && position < to;
}

/** Stored outages by what the switching means for them. */
export interface SwitchedOutages {
  /** Those that evidence is still matched with. */
  readonly living: readonly StoredOutage[];
  /** Those that last in the database, while their device was closed since, or feeds none of their meters any more. */
  readonly switchedOff: readonly StoredOutage[];
}

/** Sets apart the outages of devices that were switched after they began; of these, those that have ended stay as they are. */
export function splitSwitched(network: Network, stored: readonly StoredOutage[]): SwitchedOutages {
  if (network.feedsSince.size === 0) return { living: stored, switchedOff: [] };
  const living: StoredOutage[] = [];
  const switchedOff: StoredOutage[] = [];
  for (const row of stored) {
    const device = network.deviceOfKey.get(row.deviceKey);
    const range = device === undefined ? null : metersBelow(network, device);
    const isBefore = row.startedAt < (switchedAt(network, row.deviceKey) ?? row.startedAt);
    const isEmpty = range !== null && range.from === range.to && row.hasMeters;
    if (row.meterKey !== null || !(isBefore || isEmpty)) living.push(row);
    else if (row.endedAt === null && row.status !== 'cancelled') switchedOff.push(row);
  }
  return { living, switchedOff };
}

/** An outage whose meters are all fed otherwise now, ended with the last of them; null where some are not. */
export function endSwitchedOff(
  network: Network,
  row: StoredOutage,
  members: OutageMemberColumns | undefined,
): StandingOutage | null {
  const meters = toMeters(network, listMembers(members));
  const until = meters.until.filter((at) => at !== null);
  const endedAt = until.length === 0 ? switchedAt(network, row.deviceKey) : Math.max(...until);
  if (endedAt === null || until.length < meters.until.length) return null;
  const judged: JudgedOutage = {
    id: row.id,
    from: 0,
    to: 0,
    isService: false,
    startedAt: row.startedAt,
    endedAt,
    deviceKeys: [row.deviceKey],
    meterKey: null,
    confidence: row.confidence,
    customersInterval: [row.customersLow ?? row.customers, row.customersHigh ?? row.customers],
    unverifiedCustomers: row.unverifiedCustomers,
    isPlanned: false,
    meters,
    explain: () => ({
      sources: { scada: 0, onu: 0, kaifa: 0, call_center: 0 },
      branches: [],
      branchCount: 0,
      telemetry: [],
      alternatives: [],
      pings: [],
    }),
  };
  return { judged, known: row, id: row.id, deviceKey: row.deviceKey, meterNumber: null, isWhole: false };
}

/** The same outage with the customers that it had and that are fed otherwise now, out until the switching at the latest. */
export function withTransferred(
  network: Network,
  outage: StandingOutage,
  members: OutageMemberColumns | undefined,
): StandingOutage {
  const { judged } = outage;
  const gone = listMembers(members).filter(({ meterKey }) => {
    const position = meterPosition(network, meterKey);
    return position >= 0 && (position < judged.from || position >= judged.to);
  });
  const kept = toMeters(network, gone);
  const isSwitched = kept.until.map((until) => until !== null);
  const pick = <T>(column: readonly T[]): readonly T[] => column.filter((_, i) => isSwitched[i]);
  if (!isSwitched.includes(true)) return outage;
  return {
    ...outage,
    judged: {
      ...judged,
      meters: {
        position: [...judged.meters.position, ...pick(kept.position)],
        from: [...judged.meters.from, ...pick(kept.from)],
        until: [...judged.meters.until, ...pick(kept.until)],
      },
    },
  };
}

type MemberTimes = Pick<OutageMember, 'meterKey' | 'from' | 'until'>;

function listMembers(columns: OutageMemberColumns | undefined): readonly MemberTimes[] {
  return (columns?.meterKey ?? []).map((meterKey, i) => ({
    meterKey,
    from: columns?.from[i] as Instant,
    until: columns?.until[i] as Instant | null,
  }));
}

/** Stored members in the network's positions, ascending; who was out when his feed was switched is back then. */
function toMeters(network: Network, members: readonly MemberTimes[]): OutageMeters {
  const placed = members
    .map(({ meterKey, from, until }) => {
      const position = meterPosition(network, meterKey);
      const device = position < 0 ? -1 : deviceOfMeter(network, position);
      const since = device < 0 ? null : fedSince(network, device);
      return { position, from, until: until ?? (since === null ? null : Math.max(from, since)) };
    })
    .filter(({ position }) => position >= 0)
    .sort((a, b) => a.position - b.position);
  return {
    position: placed.map(({ position }) => position),
    from: placed.map(({ from }) => from),
    until: placed.map(({ until }) => until),
  };
}

/** Since when a device feeds what is below it, where it was switched. */
function switchedAt(network: Network, deviceKey: number): Instant | null {
  const device = network.deviceOfKey.get(deviceKey);
  return device === undefined ? null : (network.feedsSince.get(device) ?? null);
}
