import type { Drill } from '../drill.ts';
import { backendKilled } from './backend-killed.ts';
import { blockedTable } from './blocked-table.ts';
import { brokerAway } from './broker-away.ts';
import { databaseHung } from './database-hung.ts';
import { databaseRestart } from './database-restart.ts';
import { diskFull } from './disk-full.ts';
import { fewHandles } from './few-handles.ts';
import { frozenInstance } from './frozen-instance.ts';
import { killInBatch } from './kill-in-batch.ts';
import { late } from './late.ts';
import { migrationKilled } from './migration-killed.ts';
import { noConnections } from './no-connections.ts';
import { poison } from './poison.ts';
import { powerCut } from './power-cut.ts';
import { readOnly } from './read-only.ts';
import { rebalance } from './rebalance.ts';
import { sessionsTerminated } from './sessions-terminated.ts';
import { storm } from './storm.ts';
import { twoInstances } from './two-instances.ts';
import { wrongClocks } from './wrong-clocks.ts';

/** All drills in the order in which they are played. */
export const DRILLS: readonly Drill[] = [
  killInBatch,
  frozenInstance,
  twoInstances,
  databaseRestart,
  powerCut,
  backendKilled,
  sessionsTerminated,
  databaseHung,
  noConnections,
  diskFull,
  readOnly,
  blockedTable,
  migrationKilled,
  brokerAway,
  rebalance,
  poison,
  late,
  wrongClocks,
  storm,
  fewHandles,
];
