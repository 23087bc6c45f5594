import type {
  BundleDevice,
  BundleDistributionPoint,
  BundleFeeder,
  BundleSubstation,
} from './network-bundle.ts';
import { AREAS } from './people-and-places.ts';
import { createRandom, partSeed, type Random } from './random.ts';

/** How large a network is to be. */
export interface GridSize {
  readonly substations: number;
  readonly feeders: number;
  readonly distributionPoints: number;
}

/** The network down to the distribution points. */
export interface Grid {
  readonly substations: readonly BundleSubstation[];
  readonly feeders: readonly BundleFeeder[];
  readonly devices: readonly BundleDevice[];
  readonly distributionPoints: readonly BundleDistributionPoint[];
}

/** Codes count from those of the utility's own example: substation 4A00000K123, feeder F00K123. */
const FIRST_CODE = 123;

/** The code of the n-th substation, from 0. */
export const substationId = (index: number): string => `4A00000K${FIRST_CODE + index}`;

/** The code of the n-th feeder, from 0. */
export const feederId = (index: number): string => `F00K${FIRST_CODE + index}`;

/** A degree of latitude is about 111 km; one of longitude about 94 km at Amman. */
const METRES_PER_LAT = 111_000;
const METRES_PER_LNG = 94_000;

interface Place {
  readonly lat: number;
  readonly lng: number;
}

const offset = (from: Place, eastMetres: number, northMetres: number): Place => ({
  lat: round(from.lat + northMetres / METRES_PER_LAT),
  lng: round(from.lng + eastMetres / METRES_PER_LNG),
});

const round = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;

/**
 * Substations with a power transformer each, and on it feeders with breaker, reclosers, sectionalizers,
 * lateral fuses and transformers; the first two feeders of a substation are joined by a normally open tie.
 */
export function generateGrid(seed: number, size: GridSize): Grid {
  const substations: BundleSubstation[] = [];
  const feeders: BundleFeeder[] = [];
  const devices: BundleDevice[] = [];
  const distributionPoints: BundleDistributionPoint[] = [];

  for (let index = 0; index < size.substations; index += 1) {
    const place = substationPlace(index);
    const area = AREAS[index % AREAS.length]!;
    const round = Math.floor(index / AREAS.length);
    const name = round === 0 ? area.english : `${area.english} ${round + 1}`;
    const id = substationId(index);
    substations.push({
      substation_id: id,
      name,
      ...place,
      region_code: area.region,
      voltage_level: '33/11 kV',
    });
    devices.push(device(`${id}-T1`, 'transformer', null, null, place, { name: `Power transformer ${name}` }));
  }
  const countIn = share(size.distributionPoints, size.feeders);
  for (let index = 0; index < size.feeders; index += 1) {
    const random = createRandom(partSeed(seed, index));
    const substation = substations[index % size.substations]!;
    const numberInStation = Math.floor(index / size.substations) + 1;
    const id = feederId(index);
    const angle = numberInStation * 1.6 + (index % size.substations) + random.around(0.1);
    const station = { lat: substation.lat ?? 0, lng: substation.lng ?? 0 };
    feeders.push({
      feeder_id: id,
      substation_id: substation.substation_id,
      name: `${substation.name} ${numberInStation}`,
      ...offset(station, 30 * Math.cos(angle), 30 * Math.sin(angle)),
    });
    const last = generateFeeder(
      { random, id, station, stationId: substation.substation_id, angle, count: countIn(index) },
      devices,
      distributionPoints,
    );
    if (numberInStation === 1) {
      const neighbour = feederId(index + size.substations);
      const place = offset(last.place, 60, 60);
      devices.push(
        device(`TIE-${id}-${neighbour}`, 'switch', id, last.deviceId, place, {
          normally_open: true,
          name: `Tie to ${neighbour}`,
        }),
      );
    }
  }
  return { substations, feeders, devices, distributionPoints };
}

interface FeederPlan {
  readonly random: Random;
  readonly id: string;
  readonly station: Place;
  readonly stationId: string;
  /** Direction of the trunk in radians. */
  readonly angle: number;
  /** Distribution points to hang on it. */
  readonly count: number;
}

/** Adds one feeder; gives the last switch of its trunk, where a tie may stand. */
function generateFeeder(
  { random, id, station, stationId, angle, count }: FeederPlan,
  devices: BundleDevice[],
  distributionPoints: BundleDistributionPoint[],
): { readonly deviceId: string; readonly place: Place } {
  const along = (metres: number, aside: number): Place =>
    offset(
      station,
      metres * Math.cos(angle) - aside * Math.sin(angle),
      metres * Math.sin(angle) + aside * Math.cos(angle),
    );
  const add = (
    deviceId: string,
    kind: BundleDevice['kind'],
    upstream: string,
    place: Place,
    more: DeviceDetails = {},
  ): void => {
    devices.push(device(deviceId, kind, id, upstream, place, more));
  };
  const breaker = `CB-${id}`;
  add(breaker, 'breaker', `${stationId}-T1`, along(40, 0), { name: `Feeder breaker ${id}` });

  let trunk = { deviceId: breaker, place: along(40, 0) };
  let fuse = breaker;
  for (let number = 1; number <= count; number += 1) {
    const at = 150 + (2_200 * number) / count;
    // A recloser half-way and a sectionalizer at three quarters, as on a trunk with one protection step.
    if (number === Math.ceil(count * 0.45) && count >= 3) {
      trunk = { deviceId: `RC-${id}`, place: along(at, 0) };
      add(trunk.deviceId, 'recloser', breaker, trunk.place);
    } else if (number === Math.ceil(count * 0.75) && count >= 4) {
      const upstream = trunk.deviceId;
      trunk = { deviceId: `SEC-${id}`, place: along(at, 0) };
      add(trunk.deviceId, 'sectionalizer', upstream, trunk.place);
    }
    const suffix = `${id}-${String(number).padStart(2, '0')}`;
    const side = number % 2 === 0 ? 1 : -1;
    const aside = side * (120 + random.next() * 380);
    // Every third transformer shares the lateral fuse of the one before it.
    if (number % 3 !== 0 || fuse === breaker) {
      fuse = `FU-${suffix}`;
      add(fuse, 'fuse', trunk.deviceId, along(at, side * 40));
    }
    const place = along(at + random.around(40), aside);
    const point = `DP-${suffix}`;
    add(`TR-${suffix}`, 'transformer', fuse, place, { distribution_point_id: point });
    const isKnown = !random.chance(0.03);
    distributionPoints.push({
      dp_id: point,
      feeder_id: id,
      upstream_id: `TR-${suffix}`,
      name: `Kiosk ${suffix.slice(1)}`,
      lat: isKnown ? place.lat : null,
      lng: isKnown ? place.lng : null,
      building_id: null,
    });
  }
  return trunk;
}

type DeviceDetails = Partial<Pick<BundleDevice, 'normally_open' | 'name' | 'distribution_point_id'>>;

function device(
  deviceId: string,
  kind: BundleDevice['kind'],
  feeder: string | null,
  upstream: string | null,
  place: Place,
  more: DeviceDetails = {},
): BundleDevice {
  return {
    device_id: deviceId,
    kind,
    feeder_id: feeder,
    upstream_id: upstream,
    normally_open: false,
    phases: 'ABC',
    ...place,
    distribution_point_id: null,
    name: null,
    ...more,
  };
}

/** The areas of the district first, then a square lattice around them for larger networks. */
function substationPlace(index: number): Place {
  const area = AREAS[index % AREAS.length]!;
  const round = Math.floor(index / AREAS.length);
  if (round === 0) return { lat: area.lat, lng: area.lng };
  const side = Math.ceil(Math.sqrt(round + 1));
  return offset(area, ((round % side) - side / 2) * 7_000, Math.floor(round / side) * 7_000 + 7_000);
}

/** Splits a total evenly: the first parts get what is left over. */
function share(total: number, parts: number): (index: number) => number {
  const least = Math.floor(total / parts);
  return (index) => least + (index < total % parts ? 1 : 0);
}
