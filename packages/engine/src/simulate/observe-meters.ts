import type { Instant } from '../instant.ts';
import { type Chance, chanceOf, seconds } from './chance.ts';
import type { Interval, Intervals } from './intervals.ts';
import type { MeterBatch, SimulatedMeterEvent, Unnumbered } from './simulated-message.ts';
import type { StormWorld } from './storm-conditions.ts';

/** A meter's event on its way, with when it is at the concentrator. */
interface PendingEvent {
  readonly event: Omit<SimulatedMeterEvent, 'number'>;
  readonly readyAt: Instant;
}

/** Stamp of a restore by a meter whose clock battery is dead: so long after the outage. */
const DEAD_CLOCK_SECONDS = 5;

/** Seconds from the concentrator's last event to the gateway, at most. */
const UPLINK_SECONDS = 1;

/** What the head-end sends: gasps and first breaths of meters that lose supply, and of meters that do not. */
export function observeMeters(world: StormWorld): readonly Unnumbered<MeterBatch>[] {
  const { site, behaviour, conditions, supply } = world;
  if (!behaviour.meters.isReporting) return [];
  const pending: PendingEvent[] = [];
  for (const [meter, times] of supply.off) {
    if (site.meters.isSmart[meter] === 1) pending.push(...interruptionEvents(world, meter, times));
  }
  for (const [meter, times] of supply.withoutPhaseA) {
    if (site.meters.isSmart[meter] === 1) pending.push(...phaseAlarms(world, meter, times));
  }
  for (const { meter, times } of conditions.falseGasps)
    pending.push(...falseGasp(world, meter, times, false));
  for (const { cell, times } of conditions.concentratorGasps) {
    for (const meter of metersOfCell(world, cell)) pending.push(...falseGasp(world, meter, times, true));
  }
  for (const { meter, at } of conditions.readings) pending.push(reading(world, meter, at));
  for (const meter of conditions.chattering) pending.push(...chatter(world, meter));
  return toBatches(world, pending);
}

/** How one meter speaks: its own stream of chance, so that other meters change nothing about it. */
interface MeterVoice {
  readonly chance: Chance;
  readonly cell: number;
  readonly delivery: number;
  readonly restoreDelivery: number;
  readonly hasDeadClock: boolean;
  readonly stamp: (at: Instant) => Instant;
  /** Seconds through mesh and head-end. */
  readonly delay: () => number;
}

/** `use` keeps what a meter tells of interruptions apart from what it tells of anything else. */
function voiceOf({ site, seed, behaviour, conditions }: StormWorld, meter: number, use: number): MeterVoice {
  const { meters } = behaviour;
  const own = chanceOf(seed, 'meter', meter * 4);
  const skew = own.between([-meters.clockSkewSeconds, meters.clockSkewSeconds]);
  const hasDeadClock = own.isTrue(meters.deadClockShare);
  const chance = chanceOf(seed, 'meter', meter * 4 + use);
  const cell = site.meters.cell[meter] as number;
  return {
    chance,
    cell,
    delivery: conditions.delivery[cell] as number,
    restoreDelivery: conditions.deadCells.has(cell) ? 0 : meters.restoreDelivery,
    hasDeadClock,
    stamp: (at) => at + seconds(skew + chance.around(meters.clockJitterSeconds)),
    delay: () => chance.exponential(meters.delaySeconds),
  };
}

function interruptionEvents(world: StormWorld, meter: number, times: Intervals): readonly PendingEvent[] {
  const { zeroVoltSeconds, restoreSeconds } = world.behaviour.meters;
  const voice = voiceOf(world, meter, 1);
  const events: PendingEvent[] = [];
  for (const { from, to } of times) {
    const hold = voice.chance.between(zeroVoltSeconds);
    // A meter rides through what is shorter, and neither gasps nor comes back.
    if (to - from < seconds(hold)) continue;
    const told = (kind: 'power_off' | 'power_on', at: Instant, eventAt: Instant, after: number) =>
      events.push({
        event: { meter, kind, eventAt, causedAt: at },
        readyAt: at + seconds(after + voice.delay()),
      });
    if (voice.chance.isTrue(voice.delivery)) told('power_off', from, voice.stamp(from), hold);
    if (to === Number.POSITIVE_INFINITY || !voice.chance.isTrue(voice.restoreDelivery)) continue;
    const stamp = voice.hasDeadClock ? from + seconds(DEAD_CLOCK_SECONDS) : voice.stamp(to);
    told('power_on', to, stamp, voice.chance.between(restoreSeconds));
  }
  return events;
}

/** A three-phase meter that lost phase A tells of under-voltage; the head-end has no code for the other two phases. */
function phaseAlarms(world: StormWorld, meter: number, times: Intervals): readonly PendingEvent[] {
  const voice = voiceOf(world, meter, 2);
  return times.flatMap(({ from }) => {
    const isTold = voice.chance.isTrue(world.behaviour.meters.phaseAlarmDelivery);
    if (!isTold || voice.delivery === 0) return [];
    const event = { meter, kind: 'phase_voltage', eventAt: voice.stamp(from), causedAt: from } as const;
    return [{ event, readyAt: from + seconds(voice.delay()) }];
  });
}

/** A gasp with supply there, and the word that it is back; of a concentrator all meters are stamped alike. */
function falseGasp(
  world: StormWorld,
  meter: number,
  { from, to }: Interval,
  isConcentrators: boolean,
): readonly PendingEvent[] {
  const voice = voiceOf(world, meter, 2);
  if (voice.delivery === 0) return [];
  const tell = (kind: 'power_off' | 'power_on', at: Instant): PendingEvent => ({
    event: { meter, kind, eventAt: isConcentrators ? at : voice.stamp(at), causedAt: at },
    readyAt: at + seconds(isConcentrators ? 1 : voice.delay()),
  });
  return to <= world.period.endAt
    ? [tell('power_off', from), tell('power_on', to)]
    : [tell('power_off', from)];
}

function reading(world: StormWorld, meter: number, at: Instant): PendingEvent {
  const voice = voiceOf(world, meter, 3);
  return {
    event: { meter, kind: 'heard', eventAt: voice.stamp(at), causedAt: at },
    readyAt: at + seconds(voice.delay()),
  };
}

/** A meter with a loose contact loses and finds its supply from the start of the storm to its end. */
function chatter(world: StormWorld, meter: number): readonly PendingEvent[] {
  const voice = voiceOf(world, meter, 3);
  const { startAt, endAt } = world.period;
  const events: PendingEvent[] = [];
  let isOff = false;
  let at = startAt;
  for (;;) {
    at += seconds(voice.chance.between(world.behaviour.meters.chatterSeconds));
    if (at >= endAt) return events;
    isOff = !isOff;
    const isTold = voice.chance.isTrue(isOff ? voice.delivery : voice.restoreDelivery);
    const event = {
      meter,
      kind: isOff ? 'power_off' : 'power_on',
      eventAt: voice.stamp(at),
      causedAt: at,
    } as const;
    if (isTold) events.push({ event, readyAt: at + seconds(voice.delay()) });
  }
}

function metersOfCell({ site }: StormWorld, cell: number): readonly number[] {
  const meters: number[] = [];
  for (let meter = 0; meter < site.network.meterCount; meter++) {
    if (site.meters.cell[meter] === cell && site.meters.isSmart[meter] === 1) meters.push(meter);
  }
  return meters;
}

/** Each concentrator sends what it has collected in one message; one on a slow carrier sends it late. */
function toBatches(world: StormWorld, pending: readonly PendingEvent[]): readonly Unnumbered<MeterBatch>[] {
  const { site, seed, behaviour, conditions } = world;
  const window = seconds(behaviour.meters.batchSeconds);
  const ordered = pending
    .map((one, order) => ({ ...one, order }))
    .sort((a, b) => a.readyAt - b.readyAt || a.order - b.order);
  const open = new Map<number, { closesAt: Instant; events: PendingEvent[] }>();
  const batches: { cell: number; events: PendingEvent[] }[] = [];
  for (const one of ordered) {
    const cell = site.meters.cell[one.event.meter] as number;
    const batch = open.get(cell);
    if (batch !== undefined && one.readyAt < batch.closesAt) {
      batch.events.push(one);
      continue;
    }
    const events = [one];
    open.set(cell, { closesAt: one.readyAt + window, events });
    batches.push({ cell, events });
  }
  let number = 0;
  return batches.map(({ cell, events }, index) => {
    const chance = chanceOf(seed, 'transport', index + 1);
    const lastAt = events.at(-1)?.readyAt as Instant;
    const sentAt = lastAt + seconds(chance.between([0, UPLINK_SECONDS]));
    const usesCodes = chance.isTrue(0.5);
    const told = events.map(({ event }) => event);
    const [first] = told;
    if (first !== undefined && chance.isTrue(behaviour.meters.unknownMeterShare))
      told.push({ ...first, meter: -1 });
    return {
      source: 'kaifa',
      sentAt,
      receivedAt: sentAt + seconds(conditions.lateSeconds.get(cell) ?? 0),
      usesCodes,
      events: told.map((event) => ({ ...event, number: ++number })),
    };
  });
}
