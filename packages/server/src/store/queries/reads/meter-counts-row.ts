import type { FeederState } from '@lastgasp/model';

/** The counts that the views of substations and feeders share. */
export interface MeterCountsRow {
  total_meters: number;
  online_meters: number;
  offline_meters: number;
  unknown_meters: number;
  comm_offline_meters: number;
  inferred_off_meters: number;
}

type MeterCounts = Pick<
  FeederState,
  | 'totalMeters'
  | 'onlineMeters'
  | 'offlineMeters'
  | 'unknownMeters'
  | 'communicationOfflineMeters'
  | 'inferredOffMeters'
>;

/** The counts of one row in the words of the wire. */
export function toMeterCounts(row: MeterCountsRow): MeterCounts {
  return {
    totalMeters: row.total_meters,
    onlineMeters: row.online_meters,
    offlineMeters: row.offline_meters,
    unknownMeters: row.unknown_meters,
    communicationOfflineMeters: row.comm_offline_meters,
    inferredOffMeters: row.inferred_off_meters,
  };
}
