import {
  type DeviceRecord,
  explainOutage,
  type JudgedZone,
  type Network,
  type OutageMeters,
  outageEventId,
  outagesWithMembers,
  restorationOf,
  type TrackedOutage,
} from '@lastgasp/engine';
import type { JudgedOutage } from './judged-outage.ts';

/** The outages of a judged zone in the registry's keys, by start; those that interrupt nobody are left out. */
export function judgeZone(network: Network, zone: JudgedZone): readonly JudgedOutage[] {
  return outagesWithMembers(zone)
    .filter(({ meters }) => meters.position.length > 0)
    .map(({ outage, meters }) => toJudged(network, zone, outage, meters));
}

function toJudged(
  network: Network,
  zone: JudgedZone,
  outage: TrackedOutage,
  meters: OutageMeters,
): JudgedOutage {
  const { target, from, to, startedAt, endedAt, confidence, customersInterval, isPlanned } = outage;
  const isService = target.kind === 'service';
  const [device] = target.devices.map((index) => network.devices[index] as DeviceRecord);
  return {
    // A meter's number is not known here; no stored outage has such an id.
    id: isService ? '' : outageEventId((device as DeviceRecord).code, startedAt),
    from,
    to,
    isService,
    startedAt,
    endedAt,
    deviceKeys: target.devices.map((device) => network.devices[device]?.key as number),
    meterKey: isService ? (network.meterKey[target.meter] as number) : null,
    confidence: Math.round(confidence * 1e5) / 1e5,
    customersInterval,
    unverifiedCustomers: endedAt === null ? 0 : restorationOf(zone, outage).unverifiedCustomers,
    isPlanned,
    meters,
    explain: () => explainOutage(zone, outage),
  };
}
