/**
 * How what the storm sends can be told from what others send, also after a restart: SCADA names it as its source, and
 * the ids that the other providers give their events and tickets begin with these letters.
 */
export const STORM_MARK = {
  scadaSource: 'demo',
  eventPrefix: 'EV-DEMO-',
  ticketPrefix: 'TC-DEMO-',
} as const;

/** The mark that ids of one storm bear: no other storm on a database begins at its instant. */
export const markOfStorm = (startAt: Date): string => `DEMO-${startAt.getTime().toString(36).toUpperCase()}`;
