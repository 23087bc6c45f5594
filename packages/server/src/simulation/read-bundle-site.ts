import { buildSite, type Site, type SiteDevice, type SiteMeter } from '@lastgasp/engine/simulate';
import { ok, type Result } from '@lastgasp/model';
import { type NetworkSource, openBundle } from '../network/open-bundle.ts';
import type { FileError } from '../network/read-csv-file.ts';
import { type PlacedMeter, readNetwork } from '../network/read-network.ts';
import { NONE, type Topology } from '../network/topology.ts';
import { addressKey, phoneKey } from './contact-keys.ts';

/** By which names each provider knows a meter; none of it matters to who has supply. */
export interface MeterIdentity {
  readonly meterNumber: string;
  readonly assetMrid: string | null;
  readonly usagePointMrid: string | null;
  readonly onuSerial: string | null;
  readonly buildingId: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly lat: number | null;
  readonly lng: number | null;
}

/** A network bundle as a storm needs it. */
export interface BundleSite {
  /** Of the bundle. */
  readonly name: string;
  readonly site: Site;
  /** By the meter's position in the network. */
  readonly identities: readonly MeterIdentity[];
  /** Where each substation's SCADA speaks from, by its code. */
  readonly mainStations: ReadonlyMap<string, string>;
  readonly placeOfFeeder: ReadonlyMap<string, { readonly lat: number | null; readonly lng: number | null }>;
}

/** Reads a network bundle by the same rules as the import, without a database; refuses what the import refuses. */
export async function readBundleSite(folder: string): Promise<Result<BundleSite, readonly FileError[]>> {
  const source = await openBundle(folder);
  return source.ok ? ok(await toSite(source.value)) : source;
}

interface Contact {
  readonly phone: string | null;
  readonly address: string | null;
}

async function toSite(source: NetworkSource): Promise<BundleSite> {
  const customers = new Map<string, Contact>();
  const placed: PlacedMeter[] = [];
  const { topology } = await readNetwork(source, {
    onCustomers: async (rows) => {
      for (const { customerId, phone, address } of rows) customers.set(customerId, { phone, address });
    },
    onMeters: async (meters) => {
      for (const meter of meters) placed.push(meter);
    },
    onProgress: () => undefined,
  });
  const contacts = new Contacts(customers, placed);
  const hasAssets = placed.some(({ row }) => row.assetMrid !== null || row.usagePointMrid !== null);
  const usagePoints = countBy(placed.map(({ row }) => row.usagePointMrid));
  const records = placed.map((meter) => toMeter(meter, contacts, hasAssets, usagePoints));
  const site = buildSite(toDevices(topology), records, toFeeders(topology));
  const identities = Array.from(site.network.meterKey, (key) => {
    const { row } = placed[key - 1] as PlacedMeter;
    return {
      meterNumber: row.meterNumber,
      // Some head-ends send the meter's number as the asset; a bundle without assets is taken for one of them.
      assetMrid: hasAssets ? row.assetMrid : row.meterNumber,
      usagePointMrid: row.usagePointMrid,
      onuSerial: row.onuSerialNo,
      buildingId: row.buildingId,
      ...contacts.of(row.customerId),
      lat: row.lat,
      lng: row.lng,
    };
  });
  return {
    name: source.name,
    site,
    identities,
    mainStations: new Map(
      topology.substations.map(({ substationId }, index) => [substationId, String(82_001 + index)]),
    ),
    placeOfFeeder: new Map(topology.feeders.map(({ feederId, lat, lng }) => [feederId, { lat, lng }])),
  };
}

/** Keys are places in the topology's lists plus 1, as the database counts. */
const keyOrNull = (index: number): number | null => (index === NONE ? null : index + 1);

function toDevices({ devices }: Topology): readonly SiteDevice[] {
  return devices.map((device, index) => ({
    key: index + 1,
    code: device.deviceId,
    kind: device.kind,
    upstreamKey: keyOrNull(device.upstream),
    substationKey: keyOrNull(device.substation),
    feederKey: keyOrNull(device.feeder),
    isNormallyOpen: device.normallyOpen,
    isFeederHead: device.isFeederHead,
    isImplied: device.implied,
    phases: device.phases,
  }));
}

function toFeeders({ feeders, substations, substationOfFeeder }: Topology) {
  return feeders.map(({ feederId }, index) => {
    const substation = substationOfFeeder[index] as number;
    return {
      key: index + 1,
      code: feederId,
      substationKey: substation + 1,
      substationCode: substations[substation]?.substationId ?? '',
    };
  });
}

function toMeter(
  { row, place }: PlacedMeter,
  contacts: Contacts,
  hasAssets: boolean,
  usagePoints: ReadonlyMap<string, number>,
): SiteMeter {
  const hasUsagePoint = row.usagePointMrid !== null && usagePoints.get(row.usagePointMrid) === 1;
  return {
    number: row.meterNumber,
    deviceKey: keyOrNull(place.device),
    feederKey: keyOrNull(place.feeder),
    substationKey: keyOrNull(place.substation),
    customers: row.customers,
    isAboveFeederHead: place.isAboveFeederHead,
    cell: row.cell,
    // What a number of JSON cannot hold exactly is left silent.
    terminal: row.onuId !== null && Number.isSafeInteger(Number(row.onuId)) ? row.onuId : null,
    isSmart: !hasAssets || row.assetMrid !== null || hasUsagePoint,
    phases: row.phases,
    isFoundByPhone: contacts.isFoundByPhone(row.customerId),
    isFoundByAddress: contacts.isFoundByAddress(row.customerId),
  };
}

/** Which customers a phone number or an address alone leads to, and with them to one meter. */
class Contacts {
  readonly #customers: ReadonlyMap<string, Contact>;
  readonly #meters: ReadonlyMap<string, number>;
  readonly #phones: ReadonlyMap<string, number>;
  readonly #addresses: ReadonlyMap<string, number>;

  constructor(customers: ReadonlyMap<string, Contact>, placed: readonly PlacedMeter[]) {
    const all = [...customers.values()];
    this.#customers = customers;
    this.#meters = countBy(placed.map(({ row }) => row.customerId));
    this.#phones = countBy(all.map(({ phone }) => phoneKey(phone)));
    this.#addresses = countBy(all.map(({ address }) => addressKey(address)));
  }

  of(customerId: string | null): Contact {
    return this.#customers.get(customerId ?? '') ?? { phone: null, address: null };
  }

  isFoundByPhone(customerId: string | null): boolean {
    return this.#isOnly(customerId, this.#phones, phoneKey(this.of(customerId).phone));
  }

  isFoundByAddress(customerId: string | null): boolean {
    return this.#isOnly(customerId, this.#addresses, addressKey(this.of(customerId).address));
  }

  #isOnly(customerId: string | null, counts: ReadonlyMap<string, number>, key: string | null): boolean {
    return key !== null && counts.get(key) === 1 && this.#meters.get(customerId ?? '') === 1;
  }
}

function countBy(values: readonly (string | null)[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
