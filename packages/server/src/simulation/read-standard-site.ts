import { readFile } from 'node:fs/promises';
import { buildSite, type Site, type SiteDevice, type SiteMeter } from '@lastgasp/engine/simulate';
import { DEVICE_KINDS, type DeviceKind } from '@lastgasp/model';

interface StandardDevice {
  readonly id: string;
  readonly type: string;
  readonly parent: string | null;
  /** Where phases come from different devices, such as single-phase regulators side by side. */
  readonly parents?: readonly string[];
  readonly normallyOpen: boolean;
  readonly phases?: string;
}

interface StandardMeter {
  readonly id: string;
  readonly parent: string;
  readonly phases: string;
  readonly customers: number;
}

/** A standard feeder as the shared folder has it: devices with parents, meters with theirs. */
interface StandardNetwork {
  readonly name: string;
  readonly devices: readonly StandardDevice[];
  readonly meters: readonly StandardMeter[];
}

const SUBSTATION_KEY = 1;

/**
 * A standard feeder (IEEE, EPRI) as a site, all of its meters smart and each transformer a cell. A device that its phases reach
 * through several others hangs on the nearest one above all of these: a tree has one path to a point.
 */
export async function readStandardSite(path: string): Promise<Site> {
  const { devices, meters, name } = JSON.parse(await readFile(path, 'utf8')) as StandardNetwork;
  const byId = new Map(devices.map((device) => [device.id, device]));
  const keyOf = new Map(devices.map(({ id }, index) => [id, SUBSTATION_KEY + 1 + index]));
  const upstreamOf = ({ parent, parents }: StandardDevice): string | null =>
    parents === undefined ? parent : nearestAbove(byId, parents);

  const head = devices.find(({ type, normallyOpen }) => type === 'breaker' && !normallyOpen);
  const substation: SiteDevice = {
    ...NO_PLACE,
    key: SUBSTATION_KEY,
    code: name,
    kind: 'substation',
    isImplied: true,
  };
  const records = devices.map((device): SiteDevice => {
    const upstream = upstreamOf(device);
    return {
      ...NO_PLACE,
      key: keyOf.get(device.id) as number,
      code: device.id,
      kind: toKind(device.type),
      upstreamKey: upstream === null ? SUBSTATION_KEY : (keyOf.get(upstream) ?? SUBSTATION_KEY),
      feederKey: 1,
      isNormallyOpen: device.normallyOpen,
      isFeederHead: device === head,
      phases: device.phases ?? null,
    };
  });
  const feeder = { key: 1, code: 'F1', substationKey: SUBSTATION_KEY, substationCode: name };
  return buildSite(
    [substation, ...records],
    meters.map((meter) => toMeter(meter, keyOf)),
    [feeder],
  );
}

const NO_PLACE = {
  upstreamKey: null,
  substationKey: SUBSTATION_KEY,
  feederKey: null,
  isNormallyOpen: false,
  isFeederHead: false,
  isImplied: false,
  phases: null,
} as const;

function toMeter(meter: StandardMeter, keyOf: ReadonlyMap<string, number>): SiteMeter {
  return {
    number: meter.id,
    deviceKey: keyOf.get(meter.parent) ?? null,
    feederKey: 1,
    substationKey: SUBSTATION_KEY,
    customers: meter.customers,
    isAboveFeederHead: false,
    cell: null,
    terminal: null,
    isSmart: true,
    phases: meter.phases,
    isFoundByPhone: true,
    isFoundByAddress: true,
  };
}

/** The lowest device that all of `ids` are, or lie below; null where there is none. */
function nearestAbove(byId: ReadonlyMap<string, StandardDevice>, ids: readonly string[]): string | null {
  const paths = ids.map((id) => pathAbove(byId, id));
  return paths[0]?.find((id) => paths.every((path) => path.includes(id))) ?? null;
}

/** A device and everything above it by its first parent. */
function pathAbove(byId: ReadonlyMap<string, StandardDevice>, id: string): readonly string[] {
  const path: string[] = [];
  for (let at = byId.get(id); at !== undefined && !path.includes(at.id); ) {
    path.push(at.id);
    at = byId.get(at.parent ?? '');
  }
  return path;
}

function toKind(type: string): DeviceKind {
  const kind = DEVICE_KINDS.find((one) => one === type);
  if (kind === undefined) throw new Error(`a standard network has a device of unknown type ${type}`);
  return kind;
}
