/** How an instant of the wire (RFC 3339) is printed. */
export type TimeFormat = (at: string | null) => string | null;

/** For people: date and time of day in the site's zone, `2026-11-23 11:00:05`. */
export function formatInZone(timeZone: string): TimeFormat {
  // The Swedish form is the ISO order.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => (at === null ? null : format.format(new Date(at)));
}

/** Times for a terminal in the site's zone; for programs as they are, in UTC. */
export function timeFormatFor(isTerminal: boolean, timeZone: string): TimeFormat {
  return isTerminal ? formatInZone(timeZone) : (at) => at;
}
