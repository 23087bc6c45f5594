import { chanceOf, seconds } from './chance.ts';
import type { SimulatedMessage, Unnumbered } from './simulated-message.ts';
import type { StormWorld } from './storm-conditions.ts';

/** Messages as their senders give them to the network. */
export type SentMessage = { [Source in SimulatedMessage as Source['source']]: Unnumbered<Source> };

/**
 * The messages as they arrive by the end of the storm, in order of receipt: some wait in queues, some come more than once. A copy
 * has the number of its message.
 */
export function deliverMessages(
  { seed, behaviour, period }: Pick<StormWorld, 'seed' | 'behaviour' | 'period'>,
  sent: readonly SentMessage[keyof SentMessage][],
): readonly SimulatedMessage[] {
  const { copies, copySeconds, reorderShare, reorderMinutes } = behaviour.transport;
  const chance = chanceOf(seed, 'transport');
  const arrived: { readonly message: SimulatedMessage; readonly order: number }[] = [];
  const numbered = sent
    .map((message, order) => ({ message, order }))
    .sort((a, b) => a.message.receivedAt - b.message.receivedAt || a.order - b.order)
    .map(({ message }, index) => ({ ...message, number: index + 1 }));
  for (const message of numbered) {
    for (let copy = 0; copy < copies; copy++) {
      const repeated = copy === 0 ? 0 : chance.between(copySeconds) * copy;
      const waited = chance.isTrue(reorderShare) ? 60 * chance.between([0, reorderMinutes]) : 0;
      const receivedAt = message.receivedAt + seconds(repeated + waited);
      if (receivedAt > period.endAt) continue;
      arrived.push({ message: { ...message, receivedAt }, order: arrived.length });
    }
  }
  return arrived
    .sort((a, b) => a.message.receivedAt - b.message.receivedAt || a.order - b.order)
    .map(({ message }) => message);
}
