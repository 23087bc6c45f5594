import { type Instant, minutes } from '../../instant.ts';
import { deviceOfMeter, isAtOrBelow, type Network } from '../../network.ts';
import type { OutageTarget } from '../../simulate/outage-target.ts';
import { protectiveDevice } from './protective-device.ts';
import { ruleEstimator } from './rule-estimator.ts';

/** Minutes between two reports in order of time beyond which they are no longer taken for one outage. */
const WINDOW_MINUTES = 10;

/** The lowest common ancestor of all meters of a feeder that said they are off within one window. */
export const lowestCommonAncestor = ruleEstimator(
  'lca',
  'The lowest device above all meters of a feeder that gasped, or whose customers called, within ten minutes.',
  (site) => (book) => {
    const { network } = site;
    const byFeeder = new Map<number, { readonly meter: number; readonly at: Instant }[]>();
    for (const [meter, at] of new Map([...book.calledAt, ...book.offAt])) {
      const device = deviceOfMeter(network, meter);
      const feeder = device < 0 ? -1 : (network.devices[device]?.feederKey ?? 0);
      const known = byFeeder.get(feeder);
      if (known === undefined) byFeeder.set(feeder, [{ meter, at }]);
      else known.push({ meter, at });
    }
    byFeeder.delete(-1);
    return [...byFeeder.values()].flatMap((reports) =>
      windowsOf(reports).flatMap((meters) => ancestorOf(network, meters)),
    );
  },
);

/** The reports in groups between which there is a longer pause than the window. */
function windowsOf(reports: readonly { readonly meter: number; readonly at: Instant }[]): number[][] {
  const windows: number[][] = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  for (const { meter, at } of [...reports].sort((a, b) => a.at - b.at)) {
    if (at - lastAt > minutes(WINDOW_MINUTES)) windows.push([]);
    windows.at(-1)?.push(meter);
    lastAt = at;
  }
  return windows;
}

/** Of one meter its service; of several the lowest device that the first and the last of them hang below. */
function ancestorOf(network: Network, meters: readonly number[]): readonly OutageTarget[] {
  const first = meters.reduce((a, b) => Math.min(a, b));
  const last = meters.reduce((a, b) => Math.max(a, b));
  if (first === last) return [{ kind: 'service', meter: first }];
  const lowest = deviceOfMeter(network, last);
  let device = deviceOfMeter(network, first);
  while (device >= 0 && !isAtOrBelow(network, lowest, device)) device = network.parent[device] as number;
  const above = device < 0 ? -1 : protectiveDevice(network, device);
  return above < 0 ? [] : [{ kind: 'device', device: above }];
}
