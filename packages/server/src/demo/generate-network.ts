import { generateGrid } from './generate-grid.ts';
import { generateServices, type Service } from './generate-services.ts';
import type { NetworkBundle } from './network-bundle.ts';

/** What a demo network is made from. */
export interface DemoNetworkOptions {
  readonly seed: number;
  /** 5,000 unless told; a million for benchmarks. */
  readonly meters?: number;
  /** 12, or one for each 2,500 meters, unless told. */
  readonly feeders?: number;
  /** One for each 4 or 5 feeders unless told; at most as many as feeders. */
  readonly substations?: number;
  /** One for each 20 meters unless told. */
  readonly distributionPoints?: number;
}

/** The seed of the network that `npm start` shows. */
export const DEMO_SEED = 20_260_105;

/**
 * A district around Amman, the same for the same options: 3 substations, 12 feeders, 250 distribution points
 * and 5,000 meters unless told otherwise. Substation 4A00000K123, feeder F00K123 and, on its first
 * distribution point, meters M12345678 and M23456789 on ONU 3230316 are always there.
 */
export function generateDemoNetwork(options: DemoNetworkOptions): NetworkBundle {
  const { seed, meters = 5_000 } = options;
  const feeders = options.feeders ?? Math.max(12, Math.round(meters / 2_500));
  const substations = Math.min(feeders, options.substations ?? Math.max(3, Math.round(feeders / 5)));
  const distributionPoints = Math.max(feeders, options.distributionPoints ?? Math.round(meters / 20));
  const grid = generateGrid(seed, { substations, feeders, distributionPoints });

  const areaOfFeeder = new Map(grid.feeders.map(({ feeder_id }, index) => [feeder_id, index % substations]));
  const countAt = (point: number): number =>
    Math.floor(meters / distributionPoints) + (point < meters % distributionPoints ? 1 : 0);
  const services = function* (): Generator<Service> {
    let firstMeter = 0;
    for (const [index, point] of grid.distributionPoints.entries()) {
      const count = countAt(index);
      yield* generateServices(seed, point, index, areaOfFeeder.get(point.feeder_id) ?? 0, firstMeter, count);
      firstMeter += count;
    }
  };
  return {
    ...grid,
    customers: function* () {
      for (const { customer } of services()) yield customer;
    },
    meters: function* () {
      for (const { meter } of services()) yield meter;
    },
  };
}
