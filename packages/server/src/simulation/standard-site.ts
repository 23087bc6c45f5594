import { buildSite, type Site, type SiteDevice, type SiteMeter } from '@lastgasp/engine/simulate';
import { DEVICE_KINDS, type DeviceKind } from '@lastgasp/model';
import {
  feedingDevice,
  type StandardDevice,
  type StandardMeter,
  type StandardNetwork,
} from './standard-network.ts';

const SUBSTATION_KEY = 1;

/**
 * A standard feeder (IEEE, EPRI) as a site, all of its meters smart and each transformer with what hangs below it a cell. A device
 * that its phases reach through several others hangs on the nearest one above all of these: a tree has one path to a point.
 */
export function standardSite({ devices, meters, name }: StandardNetwork): Site {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const keyOf = new Map(devices.map(({ id }, index) => [id, SUBSTATION_KEY + 1 + index]));
  const head = devices.find(({ type, normallyOpen }) => type === 'breaker' && !normallyOpen);
  const substation: SiteDevice = {
    ...NO_PLACE,
    key: SUBSTATION_KEY,
    code: name,
    kind: 'substation',
    isImplied: true,
  };
  const records = devices.map((device): SiteDevice => {
    const upstream = feedingDevice(byId, device);
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
    meters.map((meter) => toMeter(meter, keyOf, byId)),
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

function toMeter(
  meter: StandardMeter,
  keyOf: ReadonlyMap<string, number>,
  byId: ReadonlyMap<string, StandardDevice>,
): SiteMeter {
  return {
    number: meter.id,
    deviceKey: keyOf.get(meter.parent) ?? null,
    feederKey: 1,
    substationKey: SUBSTATION_KEY,
    customers: meter.customers,
    isAboveFeederHead: false,
    cell: cellOf(meter, byId),
    terminal: null,
    isSmart: true,
    phases: meter.phases,
    isFoundByPhone: true,
    isFoundByAddress: true,
  };
}

/** The nearest transformer above a meter, past its service line; what it hangs on where there is none. */
export function cellOf({ parent }: StandardMeter, byId: ReadonlyMap<string, StandardDevice>): string {
  for (let at = byId.get(parent); at !== undefined; at = byId.get(at.parent ?? ''))
    if (at.type === 'transformer') return at.id;
  return parent;
}

/** The kind of a standard feeder's device; throws where it has none in our words. */
export function toKind(type: string): DeviceKind {
  const kind = DEVICE_KINDS.find((one) => one === type);
  if (kind === undefined) throw new Error(`a standard network has a device of unknown type ${type}`);
  return kind;
}
