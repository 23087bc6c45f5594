import type { Instant } from '../instant.ts';
import { isAtOrBelow } from '../network.ts';
import type { Fault } from '../simulate/fault.ts';
import { intervalAt } from '../simulate/intervals.ts';
import { metersByTerminal } from '../simulate/observe-terminals.ts';
import type { Storm } from '../simulate/simulate-storm.ts';
import type { SimulatedMessage } from '../simulate/simulated-message.ts';
import type { PlacedFeeder } from '../simulate/site.ts';

/**
 * By fault of the plan: when the first message about it was received, Infinity where none was. A gasp, a terminal or a call tells of
 * the fault that interrupted its meter first, telemetry of a fault at its device or above. Nobody can know of a fault before.
 */
export function firstTold(storm: Storm): Float64Array {
  const { site, plan, supply, messages } = storm;
  const told = new Float64Array(plan.faults.length).fill(Number.POSITIVE_INFINITY);
  const faultsOf = new Map<number, number[]>();
  for (const [fault, meters] of supply.metersOf.entries()) {
    for (const meter of meters) {
      const known = faultsOf.get(meter);
      if (known === undefined) faultsOf.set(meter, [fault]);
      else known.push(fault);
    }
  }
  const buildings = metersByTerminal(site);
  const tell = (faults: Iterable<number>, causedAt: Instant, receivedAt: Instant): void => {
    for (const fault of faults) {
      // From its opening on, and not only from where it interrupts: a nested fault is told of while the device above is open too.
      const isItsTime = intervalAt((plan.faults[fault] as Fault).openings, causedAt) !== null;
      if (isItsTime) told[fault] = Math.min(told[fault] as number, receivedAt);
    }
  };
  for (const message of messages) {
    const { receivedAt } = message;
    for (const { meters, causedAt } of offWords(message, buildings))
      for (const meter of meters) tell(faultsOf.get(meter) ?? [], causedAt, receivedAt);
    if (message.source !== 'scada' || (message.kind !== 'switch_open' && message.kind !== 'voltage_lost'))
      continue;
    const feeder = site.feeders[message.feeder] as PlacedFeeder;
    const device = message.isWholeSubstation ? feeder.substation : feeder.head;
    const above = plan.faults.flatMap(({ target }, fault) =>
      target.kind === 'device' && isAtOrBelow(site.network, device, target.device) ? [fault] : [],
    );
    tell(above, message.causedAt, receivedAt);
  }
  return told;
}

/** What a message says of meters without supply. */
function offWords(
  message: SimulatedMessage,
  buildings: readonly (readonly number[])[],
): readonly { readonly meters: readonly number[]; readonly causedAt: Instant }[] {
  switch (message.source) {
    case 'kaifa':
      return message.events
        .filter(({ kind }) => kind === 'power_off')
        .map(({ meter, causedAt }) => ({ meters: [meter], causedAt }));
    case 'onu': {
      const { kind, terminal, causedAt } = message;
      return kind === 'power_off' ? [{ meters: buildings[terminal] ?? [], causedAt }] : [];
    }
    case 'call_center': {
      const { status, says, identity, meter, causedAt } = message;
      const isWord = status === 'Registered' && says === 'no_supply' && identity !== 'wrong_number';
      return isWord ? [{ meters: [meter], causedAt }] : [];
    }
    case 'scada':
      return [];
  }
}
