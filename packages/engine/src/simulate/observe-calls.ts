import type { CallKind } from '@lastgasp/model';
import type { Instant } from '../instant.ts';
import { type Chance, chanceOf, seconds } from './chance.ts';
import type { Interval } from './intervals.ts';
import type { CallerIdentity, TroubleCall, Unnumbered } from './simulated-message.ts';
import type { StormWorld } from './storm-conditions.ts';

type Call = Unnumbered<TroubleCall>;

const MICROS_PER_HOUR = 3_600_000_000;
const WORDS = 1_000;

/**
 * Who calls: of the customers out a share that grows as 1 - exp(-t / mean), each once; some who lost a phase; and now and then
 * one with a fuse of his own. Nobody calls of an outage that is over.
 */
export function observeCalls(world: StormWorld): readonly Call[] {
  const { behaviour, supply } = world;
  if (!behaviour.calls.isReporting) return [];
  const calls: Omit<Call, 'ticket'>[] = [];
  for (const [meter, times] of supply.off) {
    for (const [index, time] of times.entries()) calls.push(...callsOf(world, meter, time, index, true));
  }
  for (const [meter, times] of supply.partial) {
    for (const [index, time] of times.entries()) calls.push(...callsOf(world, meter, time, index, false));
  }
  calls.push(...strayCalls(world));
  return withTickets(world, calls);
}

function callsOf(
  world: StormWorld,
  meter: number,
  { from, to }: Interval,
  index: number,
  isOff: boolean,
): readonly Omit<Call, 'ticket'>[] {
  const { eventualShare, meanMinutes, partialShare } = world.behaviour.calls;
  const chance = chanceOf(world.seed, 'calls', (meter * 2 + Number(isOff)) * 64 + (index % 64) + 1);
  const calls: Omit<Call, 'ticket'>[] = [];
  for (let customer = 0; customer < (world.site.network.customers[meter] as number); customer++) {
    if (!chance.isTrue(eventualShare * (isOff ? 1 : partialShare))) continue;
    const at = from + seconds(60 * chance.exponential(meanMinutes));
    if (at >= Math.min(to, world.period.endAt)) continue;
    calls.push(register(world, chance, meter, at, isOff ? 'no_supply' : 'partial_supply'));
  }
  return calls;
}

function strayCalls(world: StormWorld): readonly Omit<Call, 'ticket'>[] {
  const { period, behaviour, site } = world;
  const chance = chanceOf(world.seed, 'calls');
  const count = site.network.meterCount;
  const hours = (period.endAt - period.startAt) / MICROS_PER_HOUR;
  const calls = count === 0 ? 0 : chance.poisson(behaviour.calls.strayPerMeterHour * count * hours);
  return Array.from({ length: calls }, () => {
    const at = period.startAt + seconds((chance.next() * (period.endAt - period.startAt)) / 1e6);
    return register(world, chance, chance.integer(0, count - 1), at, 'no_supply');
  });
}

function register(
  { site, behaviour }: StormWorld,
  chance: Chance,
  caller: number,
  at: Instant,
  usual: CallKind,
): Omit<Call, 'ticket'> {
  const { calls } = behaviour;
  const { isFoundByPhone, isFoundByAddress } = site.meters;
  const knows = chance.next();
  const isWrong = chance.isTrue(calls.wrongNumberShare);
  const isAnothers = chance.isTrue(0.5);
  const another = chance.integer(0, site.network.meterCount - 1);
  let identity: CallerIdentity = 'meter_number';
  if (knows >= calls.byNumberShare) {
    const hasPhone = knows < calls.byNumberShare + calls.byPhoneShare;
    if (hasPhone && isFoundByPhone[caller] === 1) identity = 'phone';
    if (!hasPhone && isFoundByAddress[caller] === 1) identity = 'address';
  } else if (isWrong && !isAnothers) identity = 'wrong_number';
  const meter = identity === 'meter_number' && isWrong && isAnothers ? another : caller;
  const says = chance.isTrue(calls.hazardShare) ? 'hazard' : usual;
  const receivedAt = at + seconds(chance.between(calls.registerSeconds));
  return {
    source: 'call_center',
    meter,
    identity,
    says,
    words: chance.integer(0, WORDS - 1),
    status: 'Registered',
    eventAt: at,
    causedAt: at,
    receivedAt,
  };
}

/** The calls with their tickets, in order of time; some tickets are closed when supply is back. */
function withTickets(world: StormWorld, calls: readonly Omit<Call, 'ticket'>[]): readonly Call[] {
  const chance = chanceOf(world.seed, 'calls', -2);
  const ordered = calls
    .map((call, order) => ({ call, order }))
    .sort((a, b) => a.call.eventAt - b.call.eventAt || a.order - b.order);
  return ordered.flatMap(({ call }, index) => {
    const ticket = index + 1;
    const backAt = world.supply.off
      .get(call.meter)
      ?.find(({ from, to }) => from <= call.eventAt && call.eventAt < to)?.to;
    const closedAfter = seconds(60 * chance.between([2, 10]));
    const isClosed = chance.isTrue(world.behaviour.calls.closedShare);
    const opened = { ...call, ticket };
    if (!isClosed || backAt === undefined || backAt === Number.POSITIVE_INFINITY) return [opened];
    const closedAt = Math.max(backAt, call.receivedAt) + closedAfter;
    const closing = { ...opened, status: 'Restored', eventAt: closedAt, causedAt: backAt } as const;
    return [opened, { ...closing, receivedAt: closedAt + seconds(1) }];
  });
}
