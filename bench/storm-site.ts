import { buildNetwork, type DeviceRecord, type TrackingSite } from '../packages/engine/src/index.ts';

const FEEDERS = 4;
const LATERALS = 10;
const TRANSFORMERS = 25;
const METERS = 10;

/** A site with what its registry has of each meter, by the meter's key less one. */
export interface StormSite extends TrackingSite {
  readonly deviceKeys: Float64Array;
  readonly cells: Int32Array;
}

/**
 * Substations with four feeders each, lateral fuses and transformers, all meters smart, a cell to each lateral: whole substations, so that
 * there are `meterCount` meters at least. Keys count from 1.
 */
export function makeStormSite(meterCount: number): StormSite {
  const devices: DeviceRecord[] = [];
  const substations = Math.ceil(meterCount / (FEEDERS * LATERALS * TRANSFORMERS * METERS));
  const count = substations * FEEDERS * LATERALS * TRANSFORMERS * METERS;
  const deviceKeys = new Float64Array(count);
  const cells = new Int32Array(count);
  let meter = 0;
  let cell = 0;
  let feederKey = 0;
  const add = (
    kind: DeviceRecord['kind'],
    upstreamKey: number | null,
    substationKey: number,
    feeder: number | null,
    isFeederHead = false,
  ): number => {
    const key = devices.length + 1;
    devices.push({
      key,
      code: `D${key}`,
      kind,
      upstreamKey,
      substationKey,
      feederKey: feeder,
      isNormallyOpen: false,
      isFeederHead,
      isImplied: false,
    });
    return key;
  };
  for (let s = 1; s <= substations; s++) {
    const substation = add('substation', null, s, null);
    for (let f = 0; f < FEEDERS; f++) {
      feederKey++;
      const feeder = add('breaker', substation, s, feederKey, true);
      for (let l = 0; l < LATERALS; l++) {
        const lateral = add('fuse', feeder, s, feederKey);
        cell++;
        for (let t = 0; t < TRANSFORMERS; t++) {
          const transformer = add('transformer', lateral, s, feederKey);
          for (let m = 0; m < METERS; m++) {
            deviceKeys[meter] = transformer;
            cells[meter] = cell;
            meter++;
          }
        }
      }
    }
  }
  const network = buildNetwork(devices, {
    key: Float64Array.from({ length: count }, (_, i) => i + 1),
    deviceKey: deviceKeys,
    feederKey: new Float64Array(count),
    substationKey: new Float64Array(count),
    customers: Int32Array.from({ length: count }, () => 1),
    isAboveFeederHead: new Uint8Array(count),
  });
  return {
    network,
    meters: {
      cell: Int32Array.from(network.meterKey, (key) => cells[key - 1] as number),
      terminal: new Int32Array(count).fill(-1),
      isSmart: new Uint8Array(count).fill(1),
      phases: new Uint8Array(count).fill(7),
    },
    devicePhases: new Uint8Array(devices.length).fill(7),
    deviceKeys,
    cells,
  };
}
