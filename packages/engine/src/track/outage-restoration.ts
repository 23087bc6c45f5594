import type { NodeNews } from './node-news.ts';
import { outageKey } from './outage-memory.ts';
import type { JudgedZone } from './outage-tracker.ts';
import { TERMINAL_BOOT_SPREAD } from './slots.ts';
import type { TrackedOutage } from './tracked-outage.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** How far the return of supply after an outage is confirmed. */
export interface Restoration {
  readonly verifiedCustomers: number;
  readonly unverifiedCustomers: number;
  /** Devices below which nobody has said that he has supply, the likeliest of each class. */
  readonly unverifiedDevices: readonly number[];
}

/** Seconds by which a word may be stamped before the end that it confirms. */
const EARLY_SECONDS = 30;

/**
 * Whose supply is verified after an outage has ended: everybody's below a class of devices where one meter, terminal or the telemetry of
 * voltage said that it is there, and nobody said later that it is not.
 */
export function restorationOf(judged: JudgedZone, outage: TrackedOutage): Restoration {
  const { memory, zone, evidence } = judged;
  const { told } = evidence.slots;
  const key = outageKey(outage);
  const known = memory.restoration(key);
  const isKnown =
    known !== undefined && known.told === told && !isSpokenOf(memory.news, zone, outage, known.said);
  const restoration = isKnown ? known.restoration : findRestoration(judged, outage);
  memory.keepRestoration(key, { said: memory.news.count, told, restoration });
  return restoration;
}

/** Whether something was said at or below an outage's device, or of its meter's node, after so much had been said. */
function isSpokenOf(news: NodeNews, zone: Zone, { target }: TrackedOutage, said: number): boolean {
  if (target.kind === 'service')
    return news.isSince(zone.nodeOfMeter[target.meter - zone.from] as number, said);
  const { end } = zone.nodes[target.node] as ZoneNode;
  for (let node = target.node; node < end; node++) if (news.isSince(node, said)) return true;
  return false;
}

function findRestoration(judged: JudgedZone, { target, endedAt }: TrackedOutage): Restoration {
  const { site, zone, book, evidence } = judged;
  const customersOf = (meters: readonly number[]): number =>
    meters.reduce((sum, meter) => sum + (site.network.customers[meter] as number), 0);
  const since = (endedAt ?? Number.POSITIVE_INFINITY) / 1e6 - EARLY_SECONDS;
  const isBack = (meter: number): boolean => {
    const terminal = site.meters.terminal[meter] as number;
    const own = book.meters.get(meter);
    const others = terminal < 0 ? undefined : book.terminals.get(terminal);
    for (const words of [own, others]) {
      const last = words?.ons.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
      const lastOff = words?.offs.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (last >= since - (words === others ? TERMINAL_BOOT_SPREAD : 0) && last >= lastOff) return true;
    }
    return false;
  };
  if (target.kind === 'service') {
    const customers = customersOf([target.meter]);
    return isBack(target.meter)
      ? { verifiedCustomers: customers, unverifiedCustomers: 0, unverifiedDevices: [] }
      : { verifiedCustomers: 0, unverifiedCustomers: customers, unverifiedDevices: target.devices };
  }
  const voltageAt = new Set(
    evidence.slots.told
      .filter(({ voltageSpells }) =>
        voltageSpells.some(({ closedAt }) => closedAt !== null && closedAt >= since),
      )
      .map(({ node }) => node),
  );
  let verifiedCustomers = 0;
  let unverifiedCustomers = 0;
  const unverifiedDevices: number[] = [];
  for (let node = target.node; node < (zone.nodes[target.node] as ZoneNode).end; node++) {
    const { meters, devices } = zone.nodes[node] as ZoneNode;
    if (meters.length === 0) continue;
    if (voltageAt.has(node) || meters.some(isBack)) verifiedCustomers += customersOf(meters);
    else {
      unverifiedCustomers += customersOf(meters);
      const [device] = devices;
      if (device !== undefined) unverifiedDevices.push(device);
    }
  }
  return { verifiedCustomers, unverifiedCustomers, unverifiedDevices };
}
