/** Phases as bits: 1 is A, 2 is B, 4 is C. */
export type PhaseMask = number;

export const ALL_PHASES: PhaseMask = 7;

const BITS = [
  ['A', 1],
  ['B', 2],
  ['C', 4],
] as const;

/** The phases that a text such as `ABC`, `A` or `BN` names; all three where it names none. */
export function phaseMask(text: string | null): PhaseMask {
  let mask = 0;
  for (const [letter, bit] of BITS) if (text?.toUpperCase().includes(letter) === true) mask |= bit;
  return mask === 0 ? ALL_PHASES : mask;
}

/** The letters of a mask: `A`, `BC`, `ABC`. */
export function phaseText(mask: PhaseMask): string {
  return BITS.filter(([, bit]) => (mask & bit) !== 0)
    .map(([letter]) => letter)
    .join('');
}

/** The phases of a mask, one mask each. */
export function singlePhases(mask: PhaseMask): readonly PhaseMask[] {
  return BITS.map(([, bit]) => bit).filter((bit) => (mask & bit) !== 0);
}
