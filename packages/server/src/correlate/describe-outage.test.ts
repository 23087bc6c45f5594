import type { DeviceRecord, OutageState } from '@lastgasp/engine';
import { describe, expect, it } from 'vitest';
import {
  describeChanged,
  describeClosed,
  describeJoined,
  describeOpened,
  describeReason,
  describeReopened,
  describeReplaced,
  nameDevice,
  nameTarget,
} from './describe-outage.ts';

const minute = 60_000_000;
const start = Date.parse('2026-11-23T10:00:00Z') * 1000;
const outage: OutageState = {
  id: 'F1-20261123T100000Z',
  status: 'detected',
  startedAt: start,
  endedAt: null,
  isMomentary: false,
  confidence: 0.95,
  customers: 16,
  customersOutNow: 16,
  isPlanned: false,
  replacedBy: null,
};
const head: DeviceRecord = {
  key: 1,
  code: 'F1',
  kind: 'breaker',
  upstreamKey: null,
  substationKey: 1,
  feederKey: 1,
  isNormallyOpen: false,
  isFeederHead: true,
  isImplied: true,
};
describe('what is told of an outage', () => {
  it('names devices as operators do', () => {
    expect(nameDevice(head)).toBe('feeder F1');
    expect(nameDevice({ ...head, code: 'CB-1', isImplied: false })).toBe('feeder breaker CB-1');
    expect(nameDevice({ ...head, kind: 'substation', isFeederHead: false, code: 'S' })).toBe('substation S');
    expect(nameDevice({ ...head, kind: 'distribution_point', isFeederHead: false })).toBe(
      'distribution point F1',
    );
  });

  it('names the meter whose service is out', () => {
    expect(nameTarget({ device: head, meterNumber: 'M1' })).toBe('the service of meter M1');
    expect(nameTarget({ device: head, meterNumber: null })).toBe('feeder F1');
  });

  it('says how sure it is and who speaks for it', () => {
    const target = { device: head, meterNumber: null };
    expect(
      describeReason(
        target,
        { ...outage, confidence: 0.96 },
        { scada: 1, onu: 0, kaifa: 12, call_center: 0 },
      ),
    ).toBe('Feeder F1 is held to be open with 96 % confidence; for it speak 1 from SCADA, 12 from meters.');
  });

  it('says that announced work explains it, and when no more', () => {
    const planned = { ...outage, isPlanned: true };
    const target = { device: head, meterNumber: null };
    expect(describeReason(target, planned, { kaifa: 2 })).toMatch(/ Announced work explains it\.$/);
    expect(describeOpened('feeder F1', planned, false)[0]?.description).toContain('announced work');
    expect(describeChanged(planned, outage).description).toBe(
      'No announced work explains it any more: 16 of 16 customers out.',
    );
    expect(describeChanged(outage, planned).description).toBe(
      'Announced work explains it: 16 of 16 customers out.',
    );
  });

  it('tells the opening, and with it the end where both came at once', () => {
    expect(describeOpened('feeder F1', { ...outage, customers: 1 }, false)).toEqual([
      { type: 'detected', description: '1 customer at feeder F1 without supply since 2026-11-23T10:00:00Z.' },
    ]);
    const ended = { ...outage, endedAt: start + 4 * minute, isMomentary: true };
    expect(describeOpened('feeder F1', ended, false).map(({ type }) => type)).toEqual([
      'detected',
      'restored',
    ]);
    expect(describeOpened('feeder F1', outage, true)[0]?.type).toBe('reopened');
  });

  it('tells how long it lasted', () => {
    const after = (span: number) => describeClosed('F1', { ...outage, endedAt: start + span }).description;
    expect(after(40_000_000)).toContain('after 40 s;');
    expect(after(45 * minute)).toContain('after 45 min;');
    expect(after(150 * minute)).toContain('after 2 h 30 min;');
  });

  it('tells the most telling of what changed', () => {
    const changed = (to: Partial<OutageState>) => describeChanged(outage, { ...outage, ...to }).type;
    expect(changed({ status: 'partially_restored', customersOutNow: 4 })).toBe('partially_restored');
    expect(changed({ customersOutNow: 4 })).toBe('customers_changed');
    expect(changed({ confidence: 0.99 })).toBe('evidence_joined');
    expect(changed({ status: 'confirmed' })).toBe('corrected');
    const closed = { ...outage, endedAt: start + minute };
    expect(describeChanged(closed, { ...closed, endedAt: start }).type).toBe('corrected');
    expect(describeReopened('feeder F1', closed, outage)).toEqual({
      type: 'reopened',
      description:
        'Late evidence: supply did not come back at feeder F1 at 2026-11-23T10:01:00Z; 16 of 16 customers out.',
    });
    expect(describeJoined({ kaifa: 2, onu: 1 }).description).toBe(
      'Further reports: 2 from meters, 1 from fibre terminals.',
    );
    expect(describeReplaced({ ...outage, replacedBy: 'S-1' }).description).toContain('S-1');
  });
});
