import {
  describeRejection,
  err,
  ok,
  type PosteriorSnapshot,
  type Result,
  SnapshotDevice,
  SnapshotMeter,
} from '@lastgasp/model';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { isJsonObject } from '../ingest/reading/json-object.ts';
import { describeValue, quoted, rejectWithin } from '../ingest/reading/reject.ts';
import { parseStrictJson } from '../ingest/reading/strict-json.ts';
import { findFieldFault } from '../ingest/reading/validate.ts';

const frameValidator = Compile(
  Type.Object({ devices: Type.Array(Type.Unknown()), meters: Type.Array(Type.Unknown()) }),
);
const deviceValidator = Compile(SnapshotDevice);
const meterValidator = Compile(SnapshotMeter);

/**
 * The snapshot in a JSON text, or everything that is wrong with it: the path of each field at fault and the reason. Refused are
 * ids given twice among devices or among meters, parents that are no device, and devices that feed each other in a ring.
 */
export function readSnapshot(text: string): Result<PosteriorSnapshot, readonly string[]> {
  const parsed = parseStrictJson(text.replace(/^\uFEFF/, ''));
  if (!parsed.ok) return err([describeRejection(parsed.error)]);
  const { value } = parsed;
  if (!isJsonObject(value)) return err([`a snapshot must be an object, got ${describeValue(value)}`]);
  const frameFault = findFieldFault(frameValidator, value);
  if (frameFault !== null) return err([describeRejection(frameFault)]);

  const { devices, meters } = value as { devices: readonly unknown[]; meters: readonly unknown[] };
  const shapeFaults = [
    ...elementFaults('devices', devices, deviceValidator),
    ...elementFaults('meters', meters, meterValidator),
  ];
  if (shapeFaults.length > 0) return err(shapeFaults);

  const snapshot = value as unknown as PosteriorSnapshot;
  const faults = [
    ...idFaults('devices', snapshot.devices),
    ...idFaults('meters', snapshot.meters),
    ...parentFaults(snapshot),
  ];
  if (faults.length > 0) return err(faults);
  const ring = findRing(snapshot.devices);
  return ring === null ? ok(snapshot) : err([ring]);
}

/** The first fault of each element. */
function elementFaults(
  list: string,
  elements: readonly unknown[],
  validator: Parameters<typeof findFieldFault>[0],
): string[] {
  const faults: string[] = [];
  for (const [index, element] of elements.entries()) {
    const path = `${list}[${index}]`;
    if (!isJsonObject(element)) {
      faults.push(`${path}: must be an object, got ${describeValue(element)}`);
      continue;
    }
    const fault = findFieldFault(validator, element);
    if (fault !== null) faults.push(describeRejection(rejectWithin(path, fault)));
  }
  return faults;
}

function idFaults(list: string, elements: readonly { readonly id: string }[]): string[] {
  const faults: string[] = [];
  const first = new Map<string, number>();
  for (const [index, { id }] of elements.entries()) {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    else faults.push(`${list}[${index}].id: ${quoted(id)} is the id of ${list}[${earlier}] already`);
  }
  return faults;
}

function parentFaults({ devices, meters }: PosteriorSnapshot): string[] {
  const deviceIds = new Set(devices.map(({ id }) => id));
  const meterIds = new Set(meters.map(({ id }) => id));
  const faultsOf = (list: string, elements: readonly { readonly parent: string | null }[]) =>
    elements.flatMap(({ parent }, index) => {
      if (parent === null || deviceIds.has(parent)) return [];
      const what = meterIds.has(parent) ? 'is a meter, and only a device can feed' : 'is no device';
      return [`${list}[${index}].parent: ${quoted(parent)} ${what}`];
    });
  return [...faultsOf('devices', devices), ...faultsOf('meters', meters)];
}

/** The first ring of devices, named at its first device in the list; null where there is none. */
function findRing(devices: PosteriorSnapshot['devices']): string | null {
  const indexOf = new Map(devices.map(({ id }, index) => [id, index]));
  const above = devices.map(({ parent }) => (parent === null ? -1 : (indexOf.get(parent) as number)));
  // Which walk upstream came by; a walk that meets itself has found a ring.
  const walkOf = new Int32Array(devices.length).fill(-1);
  for (const start of devices.keys()) {
    let at = start;
    while (at !== -1 && walkOf[at] === -1) {
      walkOf[at] = start;
      at = above[at] as number;
    }
    if (at === -1 || walkOf[at] !== start) continue;
    const ring = [at];
    for (let next = above[at] as number; next !== at; next = above[next] as number) ring.push(next);
    const first = ring.reduce((least, index) => Math.min(least, index));
    const names = ring.slice(0, 10).map((index) => quoted((devices[index] as SnapshotDevice).id));
    const rest = ring.length > names.length ? ` and ${ring.length - names.length} more` : '';
    return `devices[${first}].parent: these feed each other in a ring: ${names.join(', ')}${rest}`;
  }
  return null;
}
