import type { ProviderPolicy } from './policy-providers.ts';
import type { ProviderFigures, ProviderHour } from './provider-figures.ts';

/** What is usual for a provider, learnt from its own past; null where too little is known of it. */
export interface ProviderRhythm {
  /** Its longest silence in most of the comparable hours. */
  readonly silenceSeconds: number | null;
  /** How many hours it is compared with, now. */
  readonly comparableHours: number;
  /** In how many of them it was silent for less than it is now. */
  readonly hoursLessSilent: number;
  readonly medianDelaySeconds: number | null;
  readonly duplicateShare: number | null;
  readonly rejectShare: number | null;
  /** Messages a minute, in the median comparable hour. */
  readonly ratePerMinute: number | null;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * Learns what is usual. Hours in which it was sick teach nothing of that, and the worst twentieth of the others does not count either,
 * so that failures that nobody noted do not become usual while they are few. Silence is learnt by the hour, not by the message: a
 * storm's thousand short pauses are one hour's word.
 */
export function learnRhythm(figures: ProviderFigures, policy: ProviderPolicy): ProviderRhythm {
  const { now, hours: all, lastReceivedAt } = figures;
  const hours = all.filter(({ from }) => from >= now - policy.learnDays * DAY && from + HOUR <= now);
  const nearby = comparableHours(hours, now, policy);
  const silences = nearby.filter(isWell('silent')).map((hour) => hour.longestSilenceSeconds);
  const age = lastReceivedAt === null ? 0 : now - lastReceivedAt;
  const usual = (values: readonly number[]) => usualOf(values, policy);
  return {
    silenceSeconds: usual(silences),
    comparableHours: silences.length,
    hoursLessSilent: silences.filter((seconds) => seconds < age).length,
    medianDelaySeconds: usual(
      hours
        .filter(isWell('late'))
        .flatMap(({ delays, medianDelaySeconds }) =>
          delays >= policy.fewestDelays && medianDelaySeconds !== null ? [medianDelaySeconds] : [],
        ),
    ),
    duplicateShare: usual(
      hours
        .filter(isWell('duplicating'))
        .flatMap((hour) => shareOf(hour.duplicate, hour.duplicate + hour.stored, policy)),
    ),
    rejectShare: usual(
      hours.filter(isWell('unreliable')).flatMap((hour) => shareOf(hour.rejected, totalOf(hour), policy)),
    ),
    ratePerMinute:
      silences.length < policy.fewestHours
        ? null
        : quantile(
            nearby.filter(isWell('silent')).map((hour) => totalOf(hour) / 60),
            0.5,
          ),
  };
}

/** The value below which a share of the others lies, the one above it where it falls between two; values are not empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * (sorted.length - 1)))] as number;
}

function comparableHours(
  hours: readonly ProviderHour[],
  now: number,
  policy: ProviderPolicy,
): readonly ProviderHour[] {
  const first = hours.reduce((least, { from }) => Math.min(least, from), now);
  if (now - first < policy.byHourFromDays * DAY) return hours;
  const hourOfDay = Math.floor((now % DAY) / HOUR);
  const nearby = hours.filter(({ from }) => {
    const apart = Math.abs(Math.floor((from % DAY) / HOUR) - hourOfDay);
    return Math.min(apart, 24 - apart) <= 1;
  });
  return nearby.filter(isWell('silent')).length >= policy.fewestHours ? nearby : hours;
}

const isWell =
  (condition: ProviderHour['conditions'][number]) =>
  ({ conditions }: ProviderHour): boolean =>
    !conditions.includes(condition);

const totalOf = ({ stored, duplicate, rejected }: Pick<ProviderHour, 'stored' | 'duplicate' | 'rejected'>) =>
  stored + duplicate + rejected;

const shareOf = (part: number, whole: number, { fewestMessages }: ProviderPolicy): readonly number[] =>
  whole >= fewestMessages ? [part / whole] : [];

const usualOf = (values: readonly number[], { fewestHours, usualQuantile }: ProviderPolicy) =>
  values.length < fewestHours ? null : quantile(values, usualQuantile);
