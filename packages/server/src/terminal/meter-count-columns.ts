import type { FeederState } from '@lastgasp/model';
import type { TableColumn } from './table.ts';

type MeterCounts = Pick<
  FeederState,
  | 'totalMeters'
  | 'onlineMeters'
  | 'offlineMeters'
  | 'unknownMeters'
  | 'communicationOfflineMeters'
  | 'inferredOffMeters'
>;

/** The columns that the lists of substations and feeders share. */
export const METER_COUNT_COLUMNS: readonly TableColumn<MeterCounts>[] = [
  { title: 'meters', value: (counts) => counts.totalMeters, align: 'right' },
  { title: 'online', value: (counts) => counts.onlineMeters, align: 'right' },
  { title: 'offline', value: (counts) => counts.offlineMeters, align: 'right' },
  { title: 'unknown', value: (counts) => counts.unknownMeters, align: 'right' },
  { title: 'not heard', value: (counts) => counts.communicationOfflineMeters, align: 'right' },
  { title: 'held to be out', value: (counts) => counts.inferredOffMeters, align: 'right' },
];
