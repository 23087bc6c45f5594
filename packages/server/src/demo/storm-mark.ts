/**
 * How what the storm sends can be told from what others send, also after a restart: SCADA names it as its source, and
 * the ids that the other providers give their events begin with these letters (tickets after their `TC-`).
 */
export const STORM_MARK = { scadaSource: 'demo', eventPrefix: 'DEMO-', ticketPrefix: 'TC-DEMO-' } as const;
