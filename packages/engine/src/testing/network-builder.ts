import type { DeviceKind } from '@lastgasp/model';
import { buildNetwork, type DeviceRecord, type MeterColumns, type Network } from '../network.ts';

interface DeviceOptions {
  readonly kind?: DeviceKind;
  readonly isNormallyOpen?: boolean;
  readonly isImplied?: boolean;
}

interface MeterOptions {
  readonly customers?: number;
}

/**
 * Builds small networks for tests, documentation and demos: `new NetworkBuilder().substation('S').feeder('F').meters(3).build()`.
 * Keys are counted from 1 in the order of the calls; `device` hangs on what the last call made, or on `below`.
 */
export class NetworkBuilder {
  readonly #devices: DeviceRecord[] = [];
  readonly #meters: { device: number; customers: number }[] = [];
  #substation: DeviceRecord | null = null;
  #feederKey = 0;
  #feeders = 0;
  #current: DeviceRecord | null = null;

  /** A substation as a whole, with a database key equal to its device's. */
  substation(code: string): this {
    const key = this.#devices.length + 1;
    this.#feederKey = 0;
    this.#substation = this.#add({
      code,
      kind: 'substation',
      upstreamKey: null,
      substationKey: key,
      isImplied: true,
    });
    return this;
  }

  /** A feeder of the last substation, standing for its head breaker. */
  feeder(code: string, options: DeviceOptions = {}): this {
    if (this.#substation === null) throw new Error('a feeder needs a substation');
    this.#feederKey = ++this.#feeders;
    this.#add({
      kind: 'breaker',
      ...options,
      code,
      upstreamKey: this.#substation.key,
      isFeederHead: true,
    });
    return this;
  }

  /** A device below the last one, or below the one with the code `below`. */
  device(code: string, options: DeviceOptions & { readonly below?: string } = {}): this {
    const upstream = options.below === undefined ? this.#current : this.#find(options.below);
    if (upstream === null) throw new Error('a device needs one above it');
    this.#add({ kind: 'fuse', ...options, code, upstreamKey: upstream.key });
    return this;
  }

  /** `count` meters on the last device. */
  meters(count: number, { customers = 1 }: MeterOptions = {}): this {
    if (this.#current === null) throw new Error('a meter needs a device');
    for (let i = 0; i < count; i++) this.#meters.push({ device: this.#current.key, customers });
    return this;
  }

  /** Database key of the device with this code. */
  key(code: string): number {
    return this.#find(code).key;
  }

  /** Database keys of the meters that hang on the device with this code itself. */
  meterKeys(code: string): number[] {
    const { key } = this.#find(code);
    return this.#meters.flatMap((meter, index) => (meter.device === key ? [index + 1] : []));
  }

  build(): Network {
    return buildNetwork(this.#devices, meterColumns(this.#meters));
  }

  #find(code: string): DeviceRecord {
    const found = this.#devices.find((device) => device.code === code);
    if (found === undefined) throw new Error(`no device ${code}`);
    return found;
  }

  #add(device: Partial<DeviceRecord> & Pick<DeviceRecord, 'code' | 'kind' | 'upstreamKey'>): DeviceRecord {
    const record: DeviceRecord = {
      key: this.#devices.length + 1,
      code: device.code,
      kind: device.kind,
      upstreamKey: device.upstreamKey,
      substationKey: device.substationKey ?? this.#substation?.substationKey ?? null,
      feederKey: this.#feederKey === 0 ? null : this.#feederKey,
      isNormallyOpen: device.isNormallyOpen ?? false,
      isFeederHead: device.isFeederHead ?? false,
      isImplied: device.isImplied ?? false,
    };
    this.#devices.push(record);
    this.#current = record;
    return record;
  }
}

/** Meter columns with keys counted from 1, each meter on its device. */
export function meterColumns(
  meters: readonly { readonly device: number; readonly customers: number }[],
): MeterColumns {
  return {
    key: Float64Array.from(meters, (_, index) => index + 1),
    deviceKey: Float64Array.from(meters, (meter) => meter.device),
    feederKey: new Float64Array(meters.length),
    substationKey: new Float64Array(meters.length),
    customers: Int32Array.from(meters, (meter) => meter.customers),
    isAboveFeederHead: new Uint8Array(meters.length),
  };
}
