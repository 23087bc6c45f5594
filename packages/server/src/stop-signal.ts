/** A wish to stop that the process was sent, by what name. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'launcher gone';

/**
 * npm and the terminal each pass one Ctrl+C on, so a second signal this soon is the same one. A person who
 * presses again waits longer.
 */
const SAME_SIGNAL_MS = 1_000;

/** The exit code of a command cut off by `reason`, by the shells' convention of 128 and the signal's number. */
export function exitCodeOf(reason: StopReason): number {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, 'launcher gone': 143 }[reason];
}

/**
 * A signal that is aborted, with a `StopReason`, when the process is asked to stop; `onSecond` is called when it
 * is asked again. The end of the launcher counts, since nobody would be there to ask.
 */
export function listenForStop(onSecond: (reason: StopReason) => void): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = (reason: StopReason) => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort(reason);
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) onSecond(reason);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop(name));
  if (process.channel) {
    process.on('disconnect', () => stop('launcher gone'));
    // The channel alone must not keep a command alive that has done its work.
    process.channel.unref();
  }
  return controller.signal;
}
