/** An event time or receive time: whole microseconds since 1970-01-01T00:00:00Z, as finely as PostgreSQL keeps it. */
export type Instant = number;

/** A length of time in microseconds. */
export type Span = number;

const MICROS_PER_MILLISECOND = 1_000;
const MICROS_PER_SECOND = 1_000_000;

/** `count` minutes as a span. */
export function minutes(count: number): Span {
  return count * 60 * MICROS_PER_SECOND;
}

/** `instant` in UTC as RFC 3339: no fraction where it is a whole second, else milliseconds or microseconds. */
export function formatInstant(instant: Instant): string {
  const { seconds, micros } = splitInstant(instant);
  if (micros === 0) return `${seconds}Z`;
  const digits = String(micros).padStart(6, '0');
  return `${seconds}.${micros % MICROS_PER_MILLISECOND === 0 ? digits.slice(0, 3) : digits}Z`;
}

/** `YYYY-MM-DDTHH:MM:SS` in UTC, and the microseconds within that second. */
function splitInstant(instant: Instant): { readonly seconds: string; readonly micros: number } {
  const micros = ((instant % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const iso = new Date((instant - micros) / MICROS_PER_MILLISECOND).toISOString();
  return { seconds: iso.slice(0, -'.000Z'.length), micros };
}
