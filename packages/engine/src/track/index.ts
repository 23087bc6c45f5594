export * from './choose-pings.ts';
export * from './explain-outage.ts';
export * from './outage-members.ts';
export * from './outage-restoration.ts';
export { type JudgedZone, OutageTracker, type TrackerRecord } from './outage-tracker.ts';
export type { ZoneOutages } from './outages-of-zone.ts';
export type * from './tracked-outage.ts';
export { buildZones, type TrackingSite, type Zone, type ZoneNode } from './zone.ts';
