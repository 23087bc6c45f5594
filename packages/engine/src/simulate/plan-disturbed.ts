import { deviceOfMeter, isAtOrBelow, metersBelow } from '../network.ts';
import type { Chance } from './chance.ts';
import { chooseDevice, chooseDevicesApart, faultAt, meterCountBelow } from './choose-targets.ts';
import type { Interval } from './intervals.ts';
import { metersByTerminal } from './observe-terminals.ts';
import type { PlanContext } from './scenario.ts';
import type { Site } from './site.ts';
import { type StormPlan, stormPlan } from './storm-plan.ts';

/** One fault, and elsewhere single meters and unplugged terminals that gasp with supply there. */
export function planFalseSingles({ site, chance, lasting }: PlanContext): StormPlan | null {
  const device = chooseWithRoom(site, chance);
  if (device === null) return null;
  const elsewhere = smartMetersOutside(site, device);
  const falseGasps = chance.sample(elsewhere, 6).map((meter) => {
    const at = chance.between([1, 8]);
    return { meter, times: lasting(at, at + chance.between([1, 3])) };
  });
  const outside = new Set(elsewhere);
  const terminals = metersByTerminal(site).flatMap((meters, terminal) =>
    meters.length > 0 && meters.every((meter) => outside.has(meter)) ? [terminal] : [],
  );
  const unplugged = chance.sample(terminals, 2).map((terminal) => {
    const at = chance.between([1, 8]);
    return { terminal, times: lasting(at, at + chance.between([1, 3])) };
  });
  return stormPlan({
    faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
    disturbances: { falseGasps, unplugged },
  });
}

/** One fault, and elsewhere a concentrator that lost its own supply: it gasps for all its meters, and takes it back minutes later. */
export function planConcentratorGasp({ site, chance, lasting }: PlanContext): StormPlan | null {
  const device = chooseWithRoom(site, chance);
  if (device === null) return null;
  const { from, to } = metersBelow(site.network, device);
  const own = new Set(site.meters.cell.subarray(from, to));
  const cells = site.cells.map((_, cell) => cell).filter((cell) => !own.has(cell));
  if (cells.length === 0) return null;
  const at = chance.between([2, 4]);
  const gasp = { cell: chance.pick(cells), times: lasting(at, at + chance.between([3, 5])) };
  return stormPlan({
    faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
    disturbances: { concentratorGasps: [gasp] },
  });
}

/** One fault, and a share of all meters that the registry has in each other's places. */
export function planSwappedMeters(share: number): (context: PlanContext) => StormPlan | null {
  return ({ site, chance, lasting }) => {
    const device = chooseDevice(site, chance);
    const meters = placedMeters(site);
    if (device === null || meters.length < 2) return null;
    const pairs = Math.max(1, Math.round((share * meters.length) / 2));
    const drawn = chance.sample(meters, 2 * pairs);
    const moved = new Map<number, number>();
    for (let pair = 0; 2 * pair + 1 < drawn.length; pair++) {
      const [one, other] = [drawn[2 * pair] as number, drawn[2 * pair + 1] as number];
      moved.set(one, deviceOfMeter(site.network, other));
      moved.set(other, deviceOfMeter(site.network, one));
    }
    return stormPlan({
      faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
      movedMeters: moved,
    });
  };
}

/** One fault, and a share of all meters that really hang on a neighbour of the transformer that the registry names. */
export function planWrongTransformers(share: number): (context: PlanContext) => StormPlan | null {
  return ({ site, chance, lasting }) => {
    const device = chooseDevice(site, chance);
    const meters = placedMeters(site);
    const places = [...new Set(meters.map((meter) => deviceOfMeter(site.network, meter)))].sort(
      (a, b) => a - b,
    );
    if (device === null || places.length < 2) return null;
    const moved = new Map<number, number>();
    for (const meter of chance.sample(meters, Math.max(1, Math.round(share * meters.length)))) {
      const at = places.indexOf(deviceOfMeter(site.network, meter));
      const neighbour = at === 0 ? 1 : at === places.length - 1 ? at - 1 : at + chance.pick([-1, 1]);
      moved.set(meter, places[neighbour] as number);
    }
    return stormPlan({
      faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
      movedMeters: moved,
    });
  };
}

/** One fault, and elsewhere meters with loose contacts that gasp and come back all the time. */
export function planChattering({ site, chance, lasting }: PlanContext): StormPlan | null {
  const device = chooseWithRoom(site, chance);
  if (device === null) return null;
  const chattering = chance.sample(smartMetersOutside(site, device), 5);
  return stormPlan({
    faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
    disturbances: { chattering },
  });
}

/**
 * A device of which only a part is really off: false gasps come from the rest as well, and then readings say of nearly every
 * meter there that it has supply.
 */
export function planContradictingReads({ site, chance, lasting }: PlanContext): StormPlan | null {
  const { network } = site;
  const device = chooseDevice(site, chance, {
    suits: (candidate) => {
      const above = network.parent[candidate] as number;
      const count = meterCountBelow(site, candidate);
      return above >= 0 && count >= 3 && meterCountBelow(site, above) >= 1.5 * count;
    },
  });
  if (device === null) return null;
  const zone = metersBelow(network, network.parent[device] as number);
  const own = metersBelow(network, device);
  const rest = smartMeters(site, zone.from, zone.to).filter((meter) => meter < own.from || meter >= own.to);
  const at = chance.between([1, 2]);
  const falseGasps = rest
    .filter(() => chance.isTrue(0.3))
    .map((meter): { meter: number; times: Interval } => ({ meter, times: lasting(at, at + 60) }));
  const readings = rest
    .filter(() => chance.isTrue(0.95))
    .map((meter) => ({ meter, at: lasting(at + chance.between([3, 5])).from }));
  return stormPlan({
    faults: [faultAt(site, chance, device, [lasting(at)])],
    disturbances: { falseGasps, readings },
  });
}

/** A relay under test tells of a trip that did not happen; another breaker trips with its telemetry away, a third one tells it. */
export function planLyingTelemetry({ site, chance, lasting }: PlanContext): StormPlan | null {
  const feeders = chance.sample(
    site.feeders.map((_, feeder) => feeder).filter((feeder) => hasMeters(site, feeder)),
    3,
  );
  const [lying, silent, honest] = feeders;
  if (lying === undefined) return null;
  const head = (feeder: number): number => site.feeders[feeder]?.head as number;
  const devices = [silent, honest].flatMap((feeder) => (feeder === undefined ? [] : [head(feeder)]));
  // A site of one feeder has its real fault below the breaker that lies.
  const below =
    devices.length > 0
      ? null
      : chooseDevice(site, chance, { suits: (device) => site.classOf[device] !== site.classOf[head(lying)] });
  if (devices.length === 0 && below === null) return null;
  const at = chance.between([2, 4]);
  return stormPlan({
    faults: [...devices, ...(below === null ? [] : [below])].map((device) =>
      faultAt(site, chance, device, [lasting(chance.between([1, 2]))]),
    ),
    disturbances: {
      falseTrips: [{ feeder: lying, times: lasting(at, at + 60) }],
      silentFeeders: silent === undefined ? [] : [silent],
    },
  });
}

/** A fault in an area with fibre terminals, some of them behind a cut fibre that also silences terminals with supply. */
export function planFibreCut({ site, chance, lasting }: PlanContext): StormPlan | null {
  const buildings = metersByTerminal(site);
  const terminalsBelow = (device: number): readonly number[] => {
    const { from, to } = metersBelow(site.network, device);
    return [...new Set(site.meters.terminal.subarray(from, to))].filter((terminal) => terminal >= 0);
  };
  const device = chooseDevice(site, chance, { suits: (candidate) => terminalsBelow(candidate).length >= 4 });
  if (device === null) return null;
  const inside = terminalsBelow(device);
  const outside = buildings.flatMap(([meter], terminal) =>
    meter === undefined || isAtOrBelow(site.network, deviceOfMeter(site.network, meter), device)
      ? []
      : [terminal],
  );
  return stormPlan({
    faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))])],
    disturbances: {
      cutTerminals: [
        ...chance.sample(inside, Math.floor(inside.length / 4)),
        ...chance.sample(outside, Math.min(inside.length, 30)),
      ].sort((a, b) => a - b),
    },
  });
}

/** Three faults, of which one ends after eight minutes, for messages that come late, twice and out of order. */
export function planForLateMessages({ site, chance, lasting }: PlanContext): StormPlan | null {
  const devices = chooseDevicesApart(site, chance, 3) ?? chooseDevicesApart(site, chance, 1);
  if (devices === null) return null;
  return stormPlan({
    faults: devices.map((device, index) => {
      const at = chance.between([1, 3]);
      return faultAt(site, chance, device, [index === 2 ? lasting(at, at + 8) : lasting(at)]);
    }),
  });
}

/** Meters that must have supply beside a fault for something to happen elsewhere. */
const ELSEWHERE = 10;

/** A device that leaves others with supply. */
function chooseWithRoom(site: Site, chance: Chance): number | null {
  const all = placedMeters(site).length;
  return chooseDevice(site, chance, {
    suits: (device) => all - meterCountBelow(site, device) >= ELSEWHERE,
  });
}

function hasMeters(site: Site, feeder: number): boolean {
  return meterCountBelow(site, site.feeders[feeder]?.head as number) > 0;
}

function placedMeters({ network }: Site): readonly number[] {
  return Array.from({ length: network.firstMeter[network.deviceCount] as number }, (_, meter) => meter);
}

function smartMeters({ meters }: Site, from: number, to: number): readonly number[] {
  const found: number[] = [];
  for (let meter = from; meter < to; meter++) if (meters.isSmart[meter] === 1) found.push(meter);
  return found;
}

function smartMetersOutside(site: Site, device: number): readonly number[] {
  const { from, to } = metersBelow(site.network, device);
  return smartMeters(site, 0, site.network.firstMeter[site.network.deviceCount] as number).filter(
    (meter) => meter < from || meter >= to,
  );
}
