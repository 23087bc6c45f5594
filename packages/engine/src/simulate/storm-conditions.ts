import type { Instant } from '../instant.ts';
import type { StormBehaviour } from './behaviour.ts';
import { chanceOf, seconds } from './chance.ts';
import { intervalAt, NEVER } from './intervals.ts';
import type { Site } from './site.ts';
import type { PlannedDisturbances, StormPlan } from './storm-plan.ts';
import type { Supply } from './supply.ts';

/** From when to when a storm is played. */
export interface StormPeriod {
  readonly startAt: Instant;
  /** What would arrive later does not. */
  readonly endAt: Instant;
}

/** All that disturbs the messages of a storm: what was planned, and what chance adds. */
export interface StormConditions extends PlannedDisturbances {
  readonly deadCells: ReadonlySet<number>;
  /** By cell: probability that a gasp gets through. */
  readonly delivery: Float64Array;
  /** By cell whose carrier works in batches: how late its messages are, in seconds. */
  readonly lateSeconds: ReadonlyMap<number, number>;
  readonly batteryTerminals: ReadonlySet<number>;
}

/** What the observers of a storm work from. */
export interface StormWorld {
  readonly site: Site;
  readonly seed: number;
  readonly period: StormPeriod;
  readonly behaviour: StormBehaviour;
  readonly plan: StormPlan;
  readonly supply: Supply;
  readonly conditions: StormConditions;
}

const MICROS_PER_HOUR = 3_600_000_000;
const SUREST_DELIVERY = 0.99;

/** What disturbs a storm, the same for the same seed. */
export function drawConditions(world: Omit<StormWorld, 'conditions'>): StormConditions {
  const { site, seed, behaviour, plan } = world;
  const { meters, terminals, telemetry } = behaviour;
  const cells = site.cells.map((_, cell) => cell);
  const dead = chanceOf(seed, 'cell').sample(cells, Math.round(meters.deadCellShare * cells.length));
  const deadCells = new Set(meters.isReporting ? dead : []);

  const delivery = new Float64Array(cells.length);
  const lateSeconds = new Map<number, number>();
  for (const cell of cells) {
    const chance = chanceOf(seed, 'cell', cell + 1);
    const rate = meters.gaspDelivery + chance.around(meters.deliverySpread);
    delivery[cell] = deadCells.has(cell) ? 0 : Math.min(SUREST_DELIVERY, Math.max(0, rate));
    if (chance.isTrue(meters.lateCellShare) && meters.isReporting)
      lateSeconds.set(cell, 60 * chance.between(meters.lateMinutes));
  }
  const withBattery = site.terminals
    .map((_, terminal) => terminal)
    .filter((terminal) => chanceOf(seed, 'terminal', terminal).isTrue(terminals.batteryShare));
  const silent = site.feeders
    .map((_, feeder) => feeder)
    .filter((feeder) => !chanceOf(seed, 'feeder', feeder).isTrue(telemetry.coveredShare));
  return {
    ...plan.disturbances,
    falseGasps: [...plan.disturbances.falseGasps, ...drawFalseGasps(world)],
    silentFeeders: telemetry.isReporting
      ? [...new Set([...plan.disturbances.silentFeeders, ...silent])].sort((a, b) => a - b)
      : [],
    deadCells,
    delivery,
    lateSeconds,
    batteryTerminals: new Set(terminals.isReporting ? withBattery : []),
  };
}

/** Gasps of meters that have supply, spread evenly over the storm. */
function drawFalseGasps(
  world: Omit<StormWorld, 'conditions'>,
): readonly PlannedDisturbances['falseGasps'][number][] {
  const { site, seed, period, behaviour, supply } = world;
  const { isReporting, falseGaspsPerMeterHour, falseGaspSeconds } = behaviour.meters;
  const chance = chanceOf(seed, 'disturbances');
  const count = site.network.meterCount;
  const hours = (period.endAt - period.startAt) / MICROS_PER_HOUR;
  const gasps = isReporting && count > 0 ? chance.poisson(falseGaspsPerMeterHour * count * hours) : 0;
  return Array.from({ length: gasps }, () => {
    const meter = chance.integer(0, count - 1);
    const from = period.startAt + seconds((chance.next() * (period.endAt - period.startAt)) / 1e6);
    return { meter, times: { from, to: from + seconds(chance.between(falseGaspSeconds)) } };
  }).filter(
    ({ meter, times }) =>
      site.meters.isSmart[meter] === 1 && intervalAt(supply.off.get(meter) ?? NEVER, times.from) === null,
  );
}
