import type { Instant } from './instant.ts';
import { isOpenNow, type Network } from './network.ts';
import type { DeviceOrder } from './order-devices.ts';

/**
 * Since when each device that was switched, or that feeds through a tie, feeds what is below it now: from its own closing on, and
 * through a tie from the last switching on that made its section. An outage of it from before is none of what is below it now.
 */
export function feedsSince({ devices, feedOf, tieOf }: DeviceOrder): ReadonlyMap<number, Instant> {
  const since = new Map<number, Instant>();
  const tell = (device: number, at: Instant | null | undefined): void => {
    if (at !== undefined && at !== null) since.set(device, Math.max(at, since.get(device) ?? at));
  };
  // An open device at the edge of a section that a tie feeds: the section is what it is since both were switched.
  const sectionSince = new Map<number, Instant>();
  for (const [device, record] of devices.entries()) {
    const tie = tieOf[device] as number;
    if (tie >= 0 && record.stateSince != null && isOpenNow(record) && !record.isNormallyOpen)
      sectionSince.set(tie, Math.max(record.stateSince, sectionSince.get(tie) ?? record.stateSince));
  }
  for (const [device, record] of devices.entries()) {
    if (!isOpenNow(record)) tell(device, record.stateSince);
    const tie = tieOf[device] as number;
    const feed = feedOf[device] as number;
    if (tie < 0 || feed < 0 || (feed === device && !record.isNormallyOpen)) continue;
    // `feed` is a tie, or a device that feeds backwards.
    tell(feed, devices[tie]?.stateSince);
    tell(feed, sectionSince.get(tie));
  }
  return since;
}

/** Since when what hangs on a device is fed the way it is; null where it always was, as far as is known. */
export function fedSince(network: Network, device: number): Instant | null {
  let latest: Instant | null = null;
  if (network.feedsSince.size === 0) return null;
  for (let at = device; at >= 0; at = network.parent[at] as number) {
    const own = network.feedsSince.get(at);
    if (own !== undefined && (latest === null || own > latest)) latest = own;
  }
  return latest;
}
