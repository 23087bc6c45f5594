import {
  buildNetwork,
  type DeviceRecord,
  deviceOfMeter,
  isOpenNow,
  metersBelow,
  type Network,
  protectionOf,
} from '../network.ts';
import { type PhaseMask, phaseMask } from './phases.ts';

/** A device as a site is built from. */
export interface SiteDevice extends DeviceRecord {
  /** Such as `ABC` or `B`; null where the data does not say. */
  readonly phases: string | null;
}

/** A meter as a site is built from; keys are those of the devices' records, `null` where there is none. */
export interface SiteMeter {
  readonly number: string;
  readonly deviceKey: number | null;
  readonly feederKey: number | null;
  readonly substationKey: number | null;
  readonly customers: number;
  readonly isAboveFeederHead: boolean;
  /** The radio cell or concentrator of its messages; null for that of the protective device it hangs on. */
  readonly cell: string | null;
  /** The fibre terminal (ONU) of its building; null where there is none. */
  readonly terminal: string | null;
  /** Whether the head-end knows it, so that it can gasp. */
  readonly isSmart: boolean;
  readonly phases: string | null;
  /** Whether its customer can be told by the phone number alone, and by the address alone. */
  readonly isFoundByPhone: boolean;
  readonly isFoundByAddress: boolean;
}

/** A feeder as SCADA names it. */
export interface SiteFeeder {
  readonly key: number;
  readonly code: string;
  readonly substationKey: number;
  readonly substationCode: string;
}

/** What the registry knows of the meters beside their place; every column is by the meter's position in the network. */
export interface MeterTraits {
  readonly number: readonly string[];
  /** Index into `cells`. */
  readonly cell: Int32Array;
  /** Index into `terminals`; -1 where the building has none. */
  readonly terminal: Int32Array;
  readonly isSmart: Uint8Array;
  readonly phases: Uint8Array;
  readonly isFoundByPhone: Uint8Array;
  readonly isFoundByAddress: Uint8Array;
}

/** A feeder with the places of its head and its substation in the network. */
export interface PlacedFeeder extends SiteFeeder {
  readonly head: number;
  /** -1 where the substation has no device. */
  readonly substation: number;
}

/** A network with what the registry knows beside it: what a storm is made for, and what an estimator is given. */
export interface Site {
  readonly network: Network;
  readonly meters: MeterTraits;
  readonly devicePhases: Uint8Array;
  readonly cells: readonly string[];
  readonly terminals: readonly string[];
  readonly feeders: readonly PlacedFeeder[];
  /** By device: the topmost one with the same meters below, which stands for the class; itself where it has no meters. */
  readonly classOf: Int32Array;
}

/** A site from its records; a meter's key is its place in `meters` plus 1. Feeders without a head are left out. */
export function buildSite(
  devices: readonly SiteDevice[],
  meters: readonly SiteMeter[],
  feeders: readonly SiteFeeder[],
): Site {
  const network = buildNetwork(devices, {
    key: Float64Array.from(meters, (_, index) => index + 1),
    deviceKey: Float64Array.from(meters, ({ deviceKey }) => deviceKey ?? 0),
    feederKey: Float64Array.from(meters, ({ feederKey }) => feederKey ?? 0),
    substationKey: Float64Array.from(meters, ({ substationKey }) => substationKey ?? 0),
    customers: Int32Array.from(meters, ({ customers }) => customers),
    isAboveFeederHead: Uint8Array.from(meters, ({ isAboveFeederHead }) => Number(isAboveFeederHead)),
  });
  const phasesOfKey = new Map(devices.map(({ key, phases }) => [key, phaseMask(phases)]));
  const cells = new NameIndex();
  const terminals = new NameIndex();
  const count = meters.length;
  const traits = {
    number: new Array<string>(count).fill(''),
    cell: new Int32Array(count),
    terminal: new Int32Array(count).fill(-1),
    isSmart: new Uint8Array(count),
    phases: new Uint8Array(count),
    isFoundByPhone: new Uint8Array(count),
    isFoundByAddress: new Uint8Array(count),
  };
  for (let position = 0; position < count; position++) {
    const meter = meters[(network.meterKey[position] as number) - 1] as SiteMeter;
    const at = deviceOfMeter(network, position);
    const device = at < 0 ? undefined : network.devices[protectionOf(network, at)];
    traits.number[position] = meter.number;
    traits.cell[position] = cells.of(meter.cell ?? device?.code ?? '');
    if (meter.terminal !== null) traits.terminal[position] = terminals.of(meter.terminal);
    traits.isSmart[position] = Number(meter.isSmart);
    traits.phases[position] = phaseMask(meter.phases);
    traits.isFoundByPhone[position] = Number(meter.isFoundByPhone);
    traits.isFoundByAddress[position] = Number(meter.isFoundByAddress);
  }
  return {
    network,
    meters: traits,
    devicePhases: Uint8Array.from(network.devices, ({ key }) => phasesOfKey.get(key) as PhaseMask),
    cells: cells.names,
    terminals: terminals.names,
    feeders: placeFeeders(network, feeders),
    classOf: findClasses(network),
  };
}

/** Whether a device can be the one that is open: lines open nothing, and what carries no load or feeds nobody interrupts nothing. */
export function canOpen(site: Site, device: number): boolean {
  const record = site.network.devices[device] as DeviceRecord;
  const { kind, isImplied } = record;
  if (kind === 'line' || isOpenNow(record) || (kind === 'substation' && isImplied)) return false;
  const { from, to } = metersBelow(site.network, device);
  return to > from;
}

/** By device: the topmost device with the same meters below. */
function findClasses(network: Network): Int32Array {
  const classOf = new Int32Array(network.deviceCount);
  for (let device = 0; device < network.deviceCount; device++) {
    const { from, to } = metersBelow(network, device);
    const above = network.parent[device] as number;
    const range = above < 0 ? null : metersBelow(network, above);
    const isSame = range !== null && to > from && range.from === from && range.to === to;
    classOf[device] = isSame ? (classOf[above] as number) : device;
  }
  return classOf;
}

function placeFeeders(network: Network, feeders: readonly SiteFeeder[]): readonly PlacedFeeder[] {
  const head = new Map<number, number>();
  const substation = new Map<number, number>();
  for (const [index, device] of network.devices.entries()) {
    if (device.isFeederHead && device.feederKey !== null) head.set(device.feederKey, index);
    if (device.kind === 'substation' && device.substationKey !== null)
      substation.set(device.substationKey, index);
  }
  return feeders.flatMap((feeder) => {
    const at = head.get(feeder.key);
    return at === undefined
      ? []
      : [{ ...feeder, head: at, substation: substation.get(feeder.substationKey) ?? -1 }];
  });
}

/** Numbers names in the order in which they come. */
class NameIndex {
  readonly names: string[] = [];
  readonly #indexOf = new Map<string, number>();

  of(name: string): number {
    const known = this.#indexOf.get(name);
    if (known !== undefined) return known;
    this.#indexOf.set(name, this.names.length);
    return this.names.push(name) - 1;
  }
}
