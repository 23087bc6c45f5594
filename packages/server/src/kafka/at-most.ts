import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for `work` to end, well or not, but no longer than `milliseconds`: brokers that are away must not hold up the end. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const giveUp = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: giveUp.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), late]);
  giveUp.abort();
}
