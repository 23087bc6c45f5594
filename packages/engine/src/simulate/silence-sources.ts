import type { SimulatedMessage } from './simulated-message.ts';
import type { SourceSilence } from './storm-plan.ts';

/** The messages without those of a source that would have arrived while it was silent. */
export function withoutSilenced(
  messages: readonly SimulatedMessage[],
  silences: readonly SourceSilence[],
): readonly SimulatedMessage[] {
  if (silences.length === 0) return messages;
  return messages.filter(
    ({ source, receivedAt }) =>
      !silences.some(
        (silence) =>
          silence.source === source && receivedAt >= silence.times.from && receivedAt < silence.times.to,
      ),
  );
}
