/** How an instant of the wire (RFC 3339) is printed. */
export type TimeFormat = (at: string | null) => string | null;

/** How a command prints times. */
export interface SiteTimes {
  readonly format: TimeFormat;
  /** The zone, which a person must be told once; null where each time says itself that it is UTC. */
  readonly zone: string | null;
  /** The head of the first column of times: it names the zone. */
  readonly title: (name: string) => string;
}

/** For people: date and time of day in the site's zone, `2026-11-23 11:00:05`. */
export function formatInZone(timeZone: string): TimeFormat {
  // The Swedish form is the ISO order.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (at) => (at === null ? null : format.format(new Date(at)));
}

/** Times for a terminal in the site's zone; for programs as they are, in UTC with a `Z`. */
export function siteTimesFor(isTerminal: boolean, timeZone: string): SiteTimes {
  return isTerminal
    ? { format: formatInZone(timeZone), zone: timeZone, title: (name) => `${name} (${timeZone})` }
    : { format: (at) => at, zone: null, title: (name) => name };
}
