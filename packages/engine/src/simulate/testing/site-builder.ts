import type { DeviceKind } from '@lastgasp/model';
import { buildSite, type Site, type SiteDevice, type SiteFeeder, type SiteMeter } from '../site.ts';

interface MeterOptions {
  readonly customers?: number;
  readonly cell?: string;
  readonly terminal?: string;
  readonly isSmart?: boolean;
  readonly phases?: string;
}

/**
 * Small sites for tests: `new SiteBuilder().substation('S').device('F', 'breaker').device('T').meters(3).build()`. A device hangs
 * on what the last call made, or on the one that `below` names; the first below a substation is a feeder's head.
 */
export class SiteBuilder {
  readonly #devices: SiteDevice[] = [];
  readonly #meters: SiteMeter[] = [];
  readonly #feeders: SiteFeeder[] = [];
  #current: SiteDevice | null = null;

  substation(code: string): this {
    return this.#add(code, 'substation', null, 'ABC');
  }

  device(
    code: string,
    kind: DeviceKind = 'transformer',
    options: { readonly below?: string; readonly phases?: string } = {},
  ): this {
    const above =
      options.below === undefined
        ? this.#current
        : (this.#devices.find((device) => device.code === options.below) ?? null);
    if (above === null) throw new Error('a device needs one above it');
    return this.#add(code, kind, above, options.phases ?? 'ABC');
  }

  meters(count: number, options: MeterOptions = {}): this {
    const device = this.#current;
    if (device === null) throw new Error('a meter needs a device');
    for (let i = 0; i < count; i++) {
      this.#meters.push({
        number: `M${this.#meters.length + 1}`,
        deviceKey: device.key,
        feederKey: device.feederKey,
        substationKey: device.substationKey,
        customers: options.customers ?? 1,
        isAboveFeederHead: false,
        cell: options.cell ?? null,
        terminal: options.terminal ?? null,
        isSmart: options.isSmart ?? true,
        phases: options.phases ?? 'ABC',
        isFoundByPhone: true,
        isFoundByAddress: true,
      });
    }
    return this;
  }

  build(): Site {
    return buildSite(this.#devices, this.#meters, this.#feeders);
  }

  #add(code: string, kind: DeviceKind, above: SiteDevice | null, phases: string): this {
    const key = this.#devices.length + 1;
    const isFeederHead = above?.kind === 'substation';
    const substationKey = above === null ? key : above.substationKey;
    if (isFeederHead) {
      const substationCode = above.code;
      this.#feeders.push({ key, code: `feeder ${code}`, substationKey: above.key, substationCode });
    }
    this.#current = {
      key,
      code,
      kind,
      upstreamKey: above === null ? null : above.key,
      substationKey,
      feederKey: isFeederHead ? key : (above?.feederKey ?? null),
      isNormallyOpen: false,
      isFeederHead,
      isImplied: kind === 'substation',
      phases,
    };
    this.#devices.push(this.#current);
    return this;
  }
}

/** Index of the device with this code. */
export function deviceAt({ network }: Site, code: string): number {
  const index = network.devices.findIndex((device) => device.code === code);
  if (index < 0) throw new Error(`there is no device ${code}`);
  return index;
}

/** Position of the meter with this number. */
export function meterAt({ meters }: Site, number: string): number {
  const position = meters.number.indexOf(number);
  if (position < 0) throw new Error(`there is no meter ${number}`);
  return position;
}
