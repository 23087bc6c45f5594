import type { Slot } from './slots.ts';

/** Seconds after supply went or came at which silence about it is weighed anew: while gasps come in, and restores, of terminals too. */
const SETTLING_STEPS: readonly number[] = [
  2, 5, 10, 20, 30, 36, 43, 50, 60, 70, 80, 90, 105, 120, 150, 180, 200, 300,
];
/** The same afterwards while calls may come: fewer and fewer do. */
const CALLING_STEPS: readonly number[] = [
  ...SETTLING_STEPS,
  ...[360, 420, 510, 630, 780, 960, 1_200, 1_500, 1_900, 2_400, 3_000, 3_900],
];

/** Seconds after which nothing is awaited any more but calls. */
export const SETTLING_SECONDS = 300;

/** The steps in which time is weighed: between two of them time alone changes nothing. */
export function waitingSteps(hearsCalls: boolean): readonly number[] {
  return hearsCalls ? CALLING_STEPS : SETTLING_STEPS;
}

/** Until when silence about a slot is weighed at an instant: its last step that is over; seconds since 1970. */
export function weighedUntil({ to }: Slot, now: number, steps: readonly number[]): number {
  let age = 0;
  for (const step of steps) {
    if (to + step > now) break;
    age = step;
  }
  return to + age;
}

/** When the next step after an instant is over; infinite where all are. */
export function nextStepAt({ to }: Slot, now: number, steps: readonly number[]): number {
  const step = steps.find((seconds) => to + seconds > now);
  return step === undefined ? Number.POSITIVE_INFINITY : to + step;
}
