import { reachOf, type Slot } from './slots.ts';

/**
 * Seconds after supply went at which silence about it is weighed anew: while gasps come in, while false ones may be taken back, and at
 * the end of the time for which a lone word waits.
 */
const LOSS_STEPS: readonly number[] = [20, 30, 36, 43, 50, 60, 70, 80, 100, 130, 160, 190, 300];
/** The same afterwards while calls may come: fewer and fewer do. */
const CALLING_STEPS: readonly number[] = [
  ...LOSS_STEPS,
  ...[360, 420, 510, 630, 780, 960, 1_200, 1_500, 1_900, 2_400, 3_000, 3_900],
];
/** Seconds after supply came back at which silence about that is weighed anew: while meters tell it, and terminals, which start first. */
const RETURN_STEPS: readonly number[] = [5, 10, 20, 30, 45, 60, 75, 90, 100, 120, 140, 160, 180, 300];

/** Seconds after which nothing is awaited any more but calls. */
export const SETTLING_SECONDS = 300;

/** The steps in which time is weighed: between two of them time alone changes nothing. */
export interface WaitingSteps {
  readonly offs: readonly number[];
  readonly ons: readonly number[];
}

/** The steps of a site, where calls are heard of or not. */
export function waitingSteps(hearsCalls: boolean): WaitingSteps {
  return { offs: hearsCalls ? CALLING_STEPS : LOSS_STEPS, ons: RETURN_STEPS };
}

/** Until when silence about a slot is weighed at an instant: its last step that is over; seconds since 1970. */
export function weighedUntil(slot: Slot, now: number, steps: readonly number[]): number {
  const from = reachOf(slot);
  let age = 0;
  for (const step of steps) {
    if (from + step > now) break;
    age = step;
  }
  return from + age;
}

/** When the next step after an instant is over; infinite where all are. */
export function nextStepAt(slot: Slot, now: number, steps: readonly number[]): number {
  const from = reachOf(slot);
  const step = steps.find((seconds) => from + seconds > now);
  return step === undefined ? Number.POSITIVE_INFINITY : from + step;
}
