import { describe, expect, it } from 'vitest';
import { diffOutages, type OutageState } from './outage-diff.ts';

const open: OutageState = {
  id: 'F1-20250924T100000Z',
  status: 'detected',
  startedAt: 0,
  endedAt: null,
  isMomentary: false,
  confidence: 0.95,
  customers: 6,
  customersOutNow: 6,
  isPlanned: false,
  replacedBy: null,
};
const none = { opened: [], changed: [], closed: [], reopened: [], replaced: [] };

describe('diffOutages', () => {
  it('tells apart what opened, changed, closed and was replaced', () => {
    expect(diffOutages([], [open])).toEqual({ ...none, opened: [open] });
    const surer = { ...open, confidence: 0.99 };
    expect(diffOutages([open], [surer])).toEqual({ ...none, changed: [[open, surer]] });
    const planned = { ...open, isPlanned: true };
    expect(diffOutages([planned], [open])).toEqual({ ...none, changed: [[planned, open]] });
    const restored = { ...open, status: 'restored' as const, endedAt: 60 };
    expect(diffOutages([open], [restored])).toEqual({ ...none, closed: [[open, restored]] });
    const replaced = { ...open, status: 'cancelled' as const, replacedBy: 'S-20250924T095900Z' };
    expect(diffOutages([open], [replaced])).toEqual({ ...none, replaced: [[open, replaced]] });
    expect(diffOutages([replaced], [open])).toEqual({ ...none, opened: [open] });
  });

  it('names an outage that had ended and is open again as reopened, however little else changed', () => {
    const ended = { ...open, status: 'restored' as const, endedAt: 60 };
    expect(diffOutages([ended], [open])).toEqual({ ...none, reopened: [[ended, open]] });
    const withdrawn = { ...open, status: 'cancelled' as const };
    expect(diffOutages([ended], [withdrawn])).toEqual({ ...none, changed: [[ended, withdrawn]] });
    const corrected = { ...ended, endedAt: 90 };
    expect(diffOutages([ended], [corrected])).toEqual({ ...none, changed: [[ended, corrected]] });
  });

  it('says of one that was withdrawn and stands again that it opened, also where it has ended by then', () => {
    const withdrawn = { ...open, status: 'cancelled' as const };
    expect(diffOutages([withdrawn], [open])).toEqual({ ...none, opened: [open] });
    const ended = { ...open, status: 'restored' as const, endedAt: 60 };
    expect(diffOutages([withdrawn], [ended])).toEqual({ ...none, opened: [ended] });
  });

  it('is empty where nothing changed', () => {
    expect(diffOutages([open], [{ ...open }])).toEqual(none);
  });
});
