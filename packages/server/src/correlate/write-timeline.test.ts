import type { DeviceRecord, Instant, OutageDiff, OutageState } from '@lastgasp/engine';
import { describe, expect, it } from 'vitest';
import { type ToldOutage, writeTimeline } from './write-timeline.ts';

const device: DeviceRecord = {
  key: 1,
  code: 'CB-1',
  kind: 'breaker',
  upstreamKey: null,
  substationKey: 1,
  feederKey: 1,
  isNormallyOpen: false,
  isFeederHead: true,
  isImplied: false,
} as DeviceRecord;

const open: OutageState = {
  id: 'CB-1-20261127T235549Z',
  status: 'detected',
  startedAt: 0 as Instant,
  endedAt: null,
  isMomentary: false,
  confidence: 0.95,
  customers: 6,
  customersOutNow: 6,
  isPlanned: false,
  replacedBy: null,
};
const none: OutageDiff = { opened: [], changed: [], closed: [], reopened: [], replaced: [] };

const told = (state: OutageState, changes: Partial<ToldOutage> = {}): ToldOutage => ({
  key: 1,
  device,
  meterNumber: null,
  state,
  wasGone: false,
  isTold: true,
  ...changes,
});
const stepsOf = (diff: Partial<OutageDiff>, outage: ToldOutage) =>
  writeTimeline({ ...none, ...diff }, [outage], []).map(({ type, status }) => `${type} ${status}`);

describe('the timeline of an outage', () => {
  const replaced: OutageState = { ...open, status: 'cancelled', customersOutNow: 0, replacedBy: 'other' };

  it('that a trip opened and that was replaced before anything was told begins with its detection', () => {
    const diff = { replaced: [[open, replaced] as const] };
    expect(stepsOf(diff, told(replaced, { isTold: false }))).toEqual([
      'detected detected',
      'replaced cancelled',
    ]);
    expect(stepsOf(diff, told(replaced))).toEqual(['replaced cancelled']);
  });

  it('that a trip opened and that was withdrawn before anything was told begins with its detection', () => {
    const withdrawn: OutageState = { ...replaced, replacedBy: null };
    expect(stepsOf({ changed: [[open, withdrawn]] }, told(withdrawn, { isTold: false }))).toEqual([
      'detected detected',
      'withdrawn cancelled',
    ]);
  });

  it('that was withdrawn names its return before its end', () => {
    const ended: OutageState = { ...open, status: 'restored', endedAt: 60_000_000 as Instant };
    expect(stepsOf({ opened: [ended] }, told(ended, { wasGone: true }))).toEqual([
      'reopened restored',
      'restored restored',
    ]);
  });
});
