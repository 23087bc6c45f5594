import { metersBelow, type Network } from '../../network.ts';

/** The device itself, or above a line section the nearest one that is none; -1 where there is none. */
export function protectiveDevice(network: Network, device: number): number {
  let at = device;
  while (at >= 0 && network.devices[at]?.kind === 'line') at = network.parent[at] as number;
  return at;
}

/** Whether no other device with meters lies below, line sections aside. */
export function isLowestDevice(network: Network, device: number): boolean {
  const end = network.subtreeEnd[device] as number;
  for (let below = device + 1; below < end; below++) {
    const { from, to } = metersBelow(network, below);
    if (to > from && network.devices[below]?.kind !== 'line') return false;
  }
  return true;
}
