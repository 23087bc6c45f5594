import type { Span } from '@lastgasp/engine';
import type { Storm } from '@lastgasp/engine/simulate';
import { messageComposer } from '../simulation/compose-message.ts';
import type { BundleSite } from '../simulation/read-bundle-site.ts';
import type { LeftByStorm } from '../store/queries/demo/read-left-by-storm.ts';
import { movedMessage, STORM_SECONDS, simulateDemoStorm } from './demo-storm.ts';
import { recoveryMessages } from './recovery-messages.ts';
import { markOfStorm } from './storm-mark.ts';
import { concernsTeller, type StormMessage } from './storm-message.ts';

/** What storms are played from. */
export interface StormOptions {
  readonly bundle: BundleSite;
  readonly seed: number;
  /** The instant of offset 0. */
  readonly startAt: Date;
  /** Told of each storm before its first message, with how much later than in the simulator's time it is played. */
  readonly onStorm: (storm: Storm, later: Span) => void;
}

/**
 * What ends an earlier storm, then one storm after the other without end, in the order in which the messages are sent. The same
 * options give the same messages.
 */
export function* stormForEver(options: StormOptions, left: LeftByStorm): Generator<StormMessage> {
  const { bundle, seed, startAt, onStorm } = options;
  yield* recoveryMessages(bundle, startAt, markOfStorm(startAt), left);
  const concernsOf = concernsTeller(bundle);
  for (let index = 0; ; index++) {
    const storm = simulateDemoStorm(bundle, seed, index);
    const beginsAt = new Date(startAt.getTime() + index * STORM_SECONDS * 1_000);
    const later = beginsAt.getTime() * 1_000 - storm.period.startAt;
    onStorm(storm, later);
    const compose = messageComposer(bundle, markOfStorm(beginsAt));
    for (const simulated of storm.messages) {
      const message = movedMessage(simulated, later);
      yield {
        atOffsetSeconds: message.receivedAt / 1e6 - startAt.getTime() / 1e3,
        concerns: concernsOf(message),
        ...compose(message),
      };
    }
  }
}
