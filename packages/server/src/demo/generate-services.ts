import type { BundleCustomer, BundleDistributionPoint, BundleMeter } from './network-bundle.ts';
import {
  AREAS,
  FAMILY_NAMES,
  FIRST_NAMES,
  IMPORTANT_SERVICES,
  STREETS,
  type TwoScripts,
} from './people-and-places.ts';
import { createRandom, partSeed, type Random } from './random.ts';

/** One service: a meter and the customer behind it. */
export interface Service {
  readonly meter: BundleMeter;
  readonly customer: BundleCustomer;
}

/** The building of the utility's own example: two meters on ONU 3230316. */
const KNOWN_BUILDING = {
  buildingId: '05040835035',
  onuId: 3_230_316,
  onuSerial: '48575443ED8345B0',
  meters: [
    { number: 'M12345678', asset: '2f9f8f6e-5a53-4b8e-9d9b-0a1b2c3d4e5f', usagePoint: 'UP-12345678' },
    { number: 'M23456789', asset: '7c0f61d2-7c3e-4e0c-8a55-1f2e3d4c5b6a', usagePoint: 'UP-23456789' },
  ],
} as const;

// Far from the known building's numbers, so that none is given twice.
const FIRST_METER = 30_000_000;
const FIRST_BUILDING = 1_000_000;
const FIRST_ONU = 4_000_000;

/** Share of buildings with several meters that have a fibre terminal, and of meters that are smart. */
const ONU_SHARE = 0.7;
const SMART_SHARE = 0.8;

/**
 * The services of one distribution point: buildings of one to twelve meters around it until there are
 * `count`. Made from the seed and the point's number alone; `firstMeter` numbers its meters in the network.
 */
export function* generateServices(
  seed: number,
  point: BundleDistributionPoint,
  pointIndex: number,
  areaIndex: number,
  firstMeter: number,
  count: number,
): Generator<Service> {
  const random = createRandom(partSeed(seed, 1_000_003 + pointIndex));
  const area = AREAS[areaIndex % AREAS.length]!;
  let made = 0;
  while (made < count) {
    const isKnown = pointIndex === 0 && made === 0 && count >= 2;
    const size = Math.min(count - made, isKnown ? 2 : buildingSize(random));
    const number = firstMeter + made;
    // Buildings are numbered by their first meter: unique without counting through the whole network.
    const building = isKnown ? KNOWN_BUILDING.buildingId : `0504${FIRST_BUILDING + number}`;
    const hasOnu = random.chance(size >= 2 ? ONU_SHARE : 0.3) || isKnown;
    const place = nearby(random, point);
    const address = `${random.integer(1, 180)}`;
    const street = random.pick(STREETS);
    for (let apartment = 1; apartment <= size; apartment += 1) {
      const index = number + apartment - 1;
      const known = isKnown ? KNOWN_BUILDING.meters[apartment - 1] : undefined;
      const isSmart = random.chance(SMART_SHARE) || known !== undefined;
      const important = size === 1 && random.chance(0.08) ? random.pick(IMPORTANT_SERVICES) : null;
      const isArabic = random.chance(0.65);
      const script = isArabic ? 'arabic' : 'english';
      const assetMrid = uuid(random, index);
      const serial = `48575443${(Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
      const isPlaced = place !== null && !random.chance(0.05);
      yield {
        meter: {
          meter_number: known?.number ?? `M${FIRST_METER + index}`,
          upstream_id: point.dp_id,
          feeder_id: point.feeder_id,
          customer_id: `C${FIRST_METER + index}`,
          building_id: building,
          lat: isPlaced ? place.lat : null,
          lng: isPlaced ? place.lng : null,
          asset_mrid: isSmart ? (known?.asset ?? assetMrid) : null,
          usage_point_mrid: isSmart ? (known?.usagePoint ?? `UP-${FIRST_METER + index}`) : null,
          onu_id: hasOnu ? (isKnown ? KNOWN_BUILDING.onuId : FIRST_ONU + number) : null,
          onu_serial_no: hasOnu ? (isKnown ? KNOWN_BUILDING.onuSerial : serial) : null,
          customers: size >= 8 && apartment === size ? random.integer(1, 3) : 1,
          priority: important?.priority ?? 4,
          phases: important === null && !random.chance(0.25) ? random.pick(['A', 'B', 'C']) : 'ABC',
          cell: `DCU-${point.dp_id}`,
          meter_type: isSmart ? 'smart' : 'electromechanical',
        },
        customer: {
          customer_id: `C${FIRST_METER + index}`,
          name: important === null ? personName(random, script) : `${important[script]} ${area[script]}`,
          phone: phone(random, index),
          address: isArabic
            ? `${street.arabic} ${address}، شقة ${apartment}، ${area.arabic}`
            : `${street.english} ${address}, Apt ${apartment}, ${area.english}`,
          building_id: building,
        },
      };
    }
    made += size;
  }
}

function buildingSize(random: Random): number {
  if (random.chance(0.25)) return 1;
  return random.chance(0.7) ? random.integer(2, 4) : random.integer(5, 12);
}

/** Within about 150 m of the kiosk, on the six digits that surveyors give; unknown where the kiosk's is. */
function nearby(random: Random, { lat, lng }: BundleDistributionPoint): { lat: number; lng: number } | null {
  const [north, east] = [random.around(0.0006), random.around(0.0007)];
  if (lat === null || lng === null) return null;
  return { lat: Math.round((lat + north) * 1e6) / 1e6, lng: Math.round((lng + east) * 1e6) / 1e6 };
}

function personName(random: Random, script: keyof TwoScripts): string {
  return `${random.pick(FIRST_NAMES)[script]} ${random.pick(FAMILY_NAMES)[script]}`;
}

/** A mobile number of valid form that counts upwards, so that nobody takes it for a real one; every third in national form. */
function phone(random: Random, index: number): string {
  const national = `7${7 + (Math.floor(index / 9_000_000) % 3)}${1_000_000 + (index % 9_000_000)}`;
  return random.chance(1 / 3) ? `0${national}` : `+962${national}`;
}

/** In the form of a random UUID; its last digits are the meter's number, so that no two are the same. */
function uuid(random: Random, index: number): string {
  const [a, b, c] = [random.hex8(), random.hex8(), random.hex8()];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${index.toString(16).padStart(12, '0')}`;
}
