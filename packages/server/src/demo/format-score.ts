import { counted } from '../terminal/counted.ts';
import type { StormScore } from './storm-score.ts';

/** A score as one line of the terminal; null before there is anything to tell. */
export function formatScore(score: StormScore): string | null {
  const { faults, found, foundSeconds, atDevice, atDeviceSeconds, untold, wrongNow, takenBack } = score;
  if (faults === 0 && wrongNow === 0) return null;
  return [
    `of ${counted(faults, 'fault')} ${found} found${after(foundSeconds)}, ${atDevice} at the right device${after(atDeviceSeconds)}`,
    ...(untold === 0 ? [] : [`${untold} more that nobody told of`]),
    ...(takenBack === 0 ? [] : [`${counted(takenBack, 'outage')} taken back`]),
    ...(wrongNow === 0 ? [] : [`${wrongNow} open now ${wrongNow === 1 ? 'is' : 'are'} wrong`]),
  ].join(' · ');
}

const after = (seconds: number | null): string =>
  seconds === null ? '' : ` (median ${Math.round(seconds)} s)`;
