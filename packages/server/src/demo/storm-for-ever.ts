import {
  type LeftBehind,
  quietMessages,
  recoveryMessages,
  type StormOptions,
  stormMessages,
} from './storm.ts';
import type { StormMessage } from './storm-episodes.ts';

/**
 * What ends an earlier storm, then the storm, then the quiet time after it without end, in the order in which
 * the messages are sent.
 */
export function* stormForEver(options: StormOptions, left: LeftBehind): Generator<StormMessage> {
  const quiet = quietMessages(options);
  let waiting: StormMessage[] = [...recoveryMessages(options, left), ...stormMessages(options)];
  for (;;) {
    const { value: part } = quiet.next();
    if (part === undefined) return;
    const begin = waiting.findIndex(({ atOffsetSeconds }) => atOffsetSeconds >= part.from);
    // Nothing of this part or a later one is sent before it begins.
    const due = begin < 0 ? waiting : waiting.slice(0, begin);
    yield* due;
    waiting = [...waiting.slice(due.length), ...part.messages].sort(
      (a, b) => a.atOffsetSeconds - b.atOffsetSeconds,
    );
  }
}
