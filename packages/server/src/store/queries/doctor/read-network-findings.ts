import { buildNetwork, type NetworkFinding } from '@lastgasp/engine';
import type { Pool } from 'pg';
import { loadDevices } from '../correlate/load-devices.ts';

/** The devices of the registry as a tree, without its meters. */
export interface DeviceTree {
  readonly devices: number;
  /** What is wrong with it, as the correlator finds it when it loads the network. */
  readonly findings: readonly NetworkFinding[];
}

const NONE = new Float64Array(0);

/** Builds the tree that outages are judged on, to tell what is wrong with it. */
export async function readNetworkFindings(pool: Pool): Promise<DeviceTree> {
  const client = await pool.connect();
  try {
    const { records } = await loadDevices(client);
    const { findings } = buildNetwork(records, {
      key: NONE,
      deviceKey: NONE,
      feederKey: NONE,
      substationKey: NONE,
      customers: new Int32Array(0),
      isAboveFeederHead: new Uint8Array(0),
    });
    return { devices: records.length, findings };
  } finally {
    client.release();
  }
}
