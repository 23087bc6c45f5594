import type { DeviceSignalKind } from '../evidence.ts';
import type { Instant } from '../instant.ts';
import { isAtOrBelow } from '../network.ts';
import { type Chance, chanceOf, seconds } from './chance.ts';
import type { Interval, Intervals } from './intervals.ts';
import type { TelemetryAlarm, Unnumbered } from './simulated-message.ts';
import type { PlacedFeeder } from './site.ts';
import type { StormWorld } from './storm-conditions.ts';

/** Reasons that SCADA gives, as seen in its messages. */
const REASONS = [
  'Transformer Fault',
  'Cable Damage',
  'Equipment Failure',
  'Protection Trip',
  'Weather Related',
  'Switch Failure',
] as const;

type Alarm = Unnumbered<TelemetryAlarm>;

/**
 * What SCADA sends: trips and closings of feeder heads with the voltage that goes and comes, voltage alone where the fault lies
 * above the head, one alarm for the whole substation where all its feeders are dead; and trips of a test mode.
 */
export function observeTelemetry(world: StormWorld): readonly Alarm[] {
  const { site, behaviour, plan, supply, conditions } = world;
  if (!behaviour.telemetry.isReporting) return [];
  const silent = new Set(conditions.silentFeeders);
  const alarms: Alarm[] = [];
  for (const [index, { target }] of plan.faults.entries()) {
    if (target.kind !== 'device') continue;
    const times = supply.interrupting[index] as Intervals;
    const concerned = site.feeders.flatMap((feeder, number) =>
      isAtOrBelow(site.network, feeder.head, target.device) ? [{ feeder, number }] : [],
    );
    const isOwnBreaker = concerned.length > 0 && concerned[0]?.feeder.head === target.device;
    if (isOwnBreaker) {
      for (const { number } of concerned)
        if (!silent.has(number)) alarms.push(...tripAlarms(world, number, times));
      continue;
    }
    const wholes = concerned.filter(({ feeder, number }) => isFirstOfWhole(world, feeder, number, concerned));
    for (const { number } of wholes) alarms.push(...voltageAlarms(world, number, times, true));
    const told = new Set(wholes.map(({ feeder }) => feeder.substationCode));
    for (const { feeder, number } of concerned) {
      if (!told.has(feeder.substationCode) && !silent.has(number))
        alarms.push(...voltageAlarms(world, number, times, false));
    }
  }
  for (const { feeder, times } of conditions.falseTrips) alarms.push(...testAlarms(world, feeder, times));
  return alarms;
}

/** Whether all feeders of the substation are concerned and this is the first of them. */
function isFirstOfWhole(
  { site }: StormWorld,
  { substationCode, substation }: PlacedFeeder,
  number: number,
  concerned: readonly { readonly feeder: PlacedFeeder; readonly number: number }[],
): boolean {
  const all = site.feeders.filter((feeder) => feeder.substationCode === substationCode);
  const hit = concerned.filter(({ feeder }) => feeder.substationCode === substationCode);
  return substation >= 0 && hit.length === all.length && hit[0]?.number === number;
}

function tripAlarms(world: StormWorld, feeder: number, times: Intervals): readonly Alarm[] {
  const { voltageAlarmShare, voltageAlarmSeconds } = world.behaviour.telemetry;
  return times.flatMap(({ from, to }) => {
    const { chance, tell } = teller(world, feeder, false, from);
    const alarms = [tell('switch_open', from, from)];
    const isVoltageTold = chance.isTrue(voltageAlarmShare);
    if (isVoltageTold && to - from > seconds(voltageAlarmSeconds[1]))
      alarms.push(tell('voltage_lost', from, from + seconds(chance.between(voltageAlarmSeconds))));
    if (to <= world.period.endAt) {
      alarms.push(tell('switch_closed', to, to));
      if (isVoltageTold)
        alarms.push(tell('voltage_present', to, to + seconds(chance.between(voltageAlarmSeconds))));
    }
    return alarms;
  });
}

function voltageAlarms(
  world: StormWorld,
  feeder: number,
  times: Intervals,
  isWholeSubstation: boolean,
): readonly Alarm[] {
  const { voltageAlarmSeconds } = world.behaviour.telemetry;
  return times.flatMap(({ from, to }) => {
    const { chance, tell } = teller(world, feeder, isWholeSubstation, from);
    const lost = tell('voltage_lost', from, from + seconds(chance.between(voltageAlarmSeconds)));
    const back = tell('voltage_present', to, to + seconds(chance.between(voltageAlarmSeconds)));
    return to <= world.period.endAt ? [lost, back] : [lost];
  });
}

/** A relay under test trips and closes; the breaker does neither. */
function testAlarms(world: StormWorld, feeder: number, { from, to }: Interval): readonly Alarm[] {
  const { tell } = teller(world, feeder, false, from);
  const opened = tell('switch_open', from, from);
  return to <= world.period.endAt ? [opened, tell('switch_closed', to, to)] : [opened];
}

interface Teller {
  readonly chance: Chance;
  readonly tell: (kind: DeviceSignalKind, causedAt: Instant, eventAt: Instant) => Alarm;
}

function teller(
  { seed, behaviour }: StormWorld,
  feeder: number,
  isWholeSubstation: boolean,
  at: Instant,
): Teller {
  const chance = chanceOf(seed, 'feeder', feeder + 1_009 * (1 + ((at / 1_000) % 999_983)));
  const reason = chance.pick(REASONS);
  return {
    chance,
    tell: (kind, causedAt, eventAt) => {
      const receivedAt = eventAt + seconds(chance.between(behaviour.telemetry.delaySeconds));
      return { source: 'scada', feeder, isWholeSubstation, kind, reason, eventAt, causedAt, receivedAt };
    },
  };
}
