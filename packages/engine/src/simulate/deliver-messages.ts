import { chanceOf, seconds } from './chance.ts';
import type { SimulatedMessage, Unnumbered } from './simulated-message.ts';
import type { StormWorld } from './storm-conditions.ts';

/** Messages as their senders give them to the network. */
export type SentMessage = { [Source in SimulatedMessage as Source['source']]: Unnumbered<Source> };

/**
 * The messages as they arrive by the end of the storm, in order of receipt: some wait in queues, some come more than once, some
 * are cut off at first. A copy has the number of its message.
 */
export function deliverMessages(
  { seed, behaviour, period }: Pick<StormWorld, 'seed' | 'behaviour' | 'period'>,
  sent: readonly SentMessage[keyof SentMessage][],
): readonly SimulatedMessage[] {
  const { copies, copySeconds, repeatedShare, brokenShare, reorderShare, reorderMinutes } =
    behaviour.transport;
  const chance = chanceOf(seed, 'transport');
  const arrived: { readonly message: SimulatedMessage; readonly order: number }[] = [];
  const arrive = (message: SimulatedMessage): void => {
    if (message.receivedAt <= period.endAt) arrived.push({ message, order: arrived.length });
  };
  const numbered = sent
    .map((message, order) => ({ message, order }))
    .sort((a, b) => a.message.receivedAt - b.message.receivedAt || a.order - b.order)
    .map(({ message }, index) => ({ ...message, number: index + 1, isBroken: false }));
  for (const message of numbered) {
    for (let copy = 0; copy < copies; copy++) {
      const repeated = copy === 0 ? 0 : chance.between(copySeconds) * copy;
      const waited = chance.isTrue(reorderShare) ? 60 * chance.between([0, reorderMinutes]) : 0;
      const receivedAt = message.receivedAt + seconds(repeated + waited);
      // A stream of its own: what is repeated or cut off moves nothing else.
      const own = chanceOf(seed, 'transport', -1 - message.number * copies - copy);
      if (own.isTrue(brokenShare)) arrive({ ...message, receivedAt, isBroken: true });
      arrive({ ...message, receivedAt });
      if (own.isTrue(repeatedShare))
        arrive({ ...message, receivedAt: receivedAt + seconds(own.between(copySeconds)) });
    }
  }
  return arrived
    .sort((a, b) => a.message.receivedAt - b.message.receivedAt || a.order - b.order)
    .map(({ message }) => message);
}
