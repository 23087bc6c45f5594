import type { DeviceRecord } from '@lastgasp/engine';
import { DEVICE_KINDS, type DeviceKind } from '@lastgasp/model';
import type { PoolClient } from 'pg';
import { microsOf } from './array-literal.ts';
import { phaseBits } from './phase-bits.ts';
import { readCopyRows } from './read-copy-rows.ts';

/** The devices of the registry, and the phases of each by the same index: 1 is A, 2 is B, 4 is C. */
export interface LoadedDevices {
  readonly records: readonly DeviceRecord[];
  readonly phases: ReadonlyMap<number, number>;
}

const KINDS = new Map<string, DeviceKind>(DEVICE_KINDS.map((kind) => [kind, kind]));

const DEVICES = `
  select id, device_id, kind, upstream_id, substation_id, feeder_id, other_end_id,
    (${microsOf('state_at')})::int8,
    ${phaseBits('phases')} + normally_open::integer * 8 + open::integer * 16 + is_feeder_head::integer * 32 + implied::integer * 64
  from network_devices`;

/** The devices of the registry with the states that they stand in. */
export async function loadDevices(client: PoolClient): Promise<LoadedDevices> {
  const records: DeviceRecord[] = [];
  const phases = new Map<number, number>();
  await readCopyRows(client, DEVICES, 9, (row) => {
    const keyOrNull = (field: number): number | null => (row.isNull(field) ? null : row.key(field));
    const bits = row.int(8);
    const key = row.key(0);
    records.push({
      key,
      code: row.text(1),
      // One text for all devices of a kind.
      kind: KINDS.get(row.text(2)) as DeviceKind,
      upstreamKey: keyOrNull(3),
      substationKey: keyOrNull(4),
      feederKey: keyOrNull(5),
      otherEndKey: keyOrNull(6),
      stateSince: keyOrNull(7),
      isNormallyOpen: (bits & 8) !== 0,
      isOpen: (bits & 16) !== 0,
      isFeederHead: (bits & 32) !== 0,
      isImplied: (bits & 64) !== 0,
    });
    if ((bits & 7) !== 7) phases.set(key, bits & 7);
  });
  return { records, phases };
}
