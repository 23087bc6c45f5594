import { NONE, type Topology } from './topology.ts';

/** A path of more devices is shown with its middle left out: nobody reads it, and each meter stores one. */
const MAX_PATH_DEVICES = 200;

/**
 * The way from the head of its feeder to a device as ids joined by ` > `; for a device that hangs above the
 * head, from where its feeder or its station begins.
 */
export function circuitPath(topology: Topology, device: number): string {
  const { devices } = topology;
  const end = devices[device]!;
  const path: string[] = [];
  let left = 0;
  for (let at = device; at !== NONE; at = devices[at]!.upstream) {
    const { deviceId, feeder, isFeederHead, kind } = devices[at]!;
    if (at !== device && kind === 'substation') break;
    if (!end.isBelowHead && feeder !== end.feeder) break;
    if (path.length < MAX_PATH_DEVICES) path.push(deviceId);
    else left += 1;
    if (end.isBelowHead && isFeederHead && feeder === end.feeder) {
      if (left > 0) path.push('…', deviceId);
      break;
    }
  }
  return path.reverse().join(' > ');
}
