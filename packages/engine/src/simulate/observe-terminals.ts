import type { Instant } from '../instant.ts';
import { chanceOf, seconds } from './chance.ts';
import { type Intervals, NEVER } from './intervals.ts';
import type { TerminalAlarm, Unnumbered } from './simulated-message.ts';
import type { Site } from './site.ts';
import type { StormWorld } from './storm-conditions.ts';

/** The meters of each terminal's building, by position. */
export function metersByTerminal({ network, meters, terminals }: Site): readonly (readonly number[])[] {
  const found: number[][] = terminals.map(() => []);
  for (let meter = 0; meter < network.meterCount; meter++) {
    const terminal = meters.terminal[meter] as number;
    if (terminal >= 0) found[terminal]?.push(meter);
  }
  return found;
}

/**
 * What fibre terminals send: each hangs on the supply of its building's first meter. One with a battery stays alive while that
 * lasts, one behind a cut fibre says nothing, and one whose plug is pulled gasps with supply there.
 */
export function observeTerminals(world: StormWorld): readonly Unnumbered<TerminalAlarm>[] {
  const { site, behaviour, supply, conditions } = world;
  if (!behaviour.terminals.isReporting || site.terminals.length === 0) return [];
  const cut = new Set(conditions.cutTerminals);
  const alarms: Unnumbered<TerminalAlarm>[] = [];
  for (const [terminal, [first]] of metersByTerminal(site).entries()) {
    const off = first === undefined ? undefined : supply.off.get(first);
    if (off !== undefined && !cut.has(terminal)) alarms.push(...interruptionAlarms(world, terminal, off));
  }
  for (const { terminal, times } of conditions.unplugged) {
    if (!cut.has(terminal)) alarms.push(...alarmsOf(world, terminal, [times], true));
  }
  return alarms;
}

function interruptionAlarms(
  world: StormWorld,
  terminal: number,
  off: Intervals,
): readonly Unnumbered<TerminalAlarm>[] {
  if (!world.conditions.batteryTerminals.has(terminal)) return alarmsOf(world, terminal, off, false);
  const held = seconds(world.behaviour.terminals.batteryHours * 3_600);
  const empty = off.flatMap(({ from, to }) => (to - from > held ? [{ from: from + held, to }] : NEVER));
  return alarmsOf(world, terminal, empty, false);
}

function alarmsOf(
  { seed, behaviour, period }: StormWorld,
  terminal: number,
  times: Intervals,
  isCertain: boolean,
): readonly Unnumbered<TerminalAlarm>[] {
  const { gaspDelivery, restoreDelivery, delaySeconds, bootSeconds } = behaviour.terminals;
  const alarms: Unnumbered<TerminalAlarm>[] = [];
  for (const { from, to } of times) {
    // A stream for each interruption: two at different times do not look alike, one told twice does.
    const chance = chanceOf(seed, 'terminal', terminal + 1_000_003 * (1 + ((from / 1_000) % 999_983)));
    const tell = (kind: TerminalAlarm['kind'], causedAt: Instant, eventAt: Instant): void => {
      const receivedAt = eventAt + seconds(chance.between(delaySeconds));
      alarms.push({ source: 'onu', terminal, kind, eventAt, causedAt, receivedAt });
    };
    if (chance.isTrue(isCertain ? 1 : gaspDelivery)) tell('power_off', from, from + seconds(chance.next()));
    if (to > period.endAt || !chance.isTrue(isCertain ? 1 : restoreDelivery)) continue;
    tell('power_on', to, to + seconds(chance.between(bootSeconds)));
  }
  return alarms;
}
