import { counted } from '../terminal/counted.ts';
import type { StormScore } from './storm-score.ts';

/** A score as short lines for the terminal: what was found, then what was not right; none before there is anything to tell. */
export function formatScore(score: StormScore): readonly string[] {
  const { faults, found, foundSeconds, atDevice, atDeviceSeconds } = score;
  if (faults === 0) return [];
  const told = [
    `truth: ${counted(faults, 'fault')}`,
    `${found} found${within(foundSeconds)}`,
    `${atDevice} at the right device${within(atDeviceSeconds)}`,
  ];
  const others = [
    [score.untold, 'that nobody told of'],
    [score.takenBack, 'taken back'],
    [score.wrongNow, 'wrong now'],
  ] as const;
  const wrong = others.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return [told.join(', '), ...(wrong.length === 0 ? [] : [wrong.join(' · ')])];
}

/** Half of them so fast. */
const within = (seconds: number | null): string => (seconds === null ? '' : ` (${Math.round(seconds)} s)`);
