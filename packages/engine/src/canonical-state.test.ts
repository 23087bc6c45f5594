import { describe, expect, it } from 'vitest';
import { type CanonicalOutage, canonicalState } from './canonical-state.ts';

const outage: CanonicalOutage = {
  status: 'restored',
  device: { id: 'F1', equivalent: ['L1'] },
  meters: ['M1', 'M2'],
  customersOut: 2,
  startedAt: '2025-09-24T10:00:00Z',
  endedAt: '2025-09-24T11:00:00Z',
  momentary: false,
  replacedBy: null,
};
const meter = { number: 'M1', powerStatus: 'on', communicationStatus: 'online' } as const;

describe('canonicalState', () => {
  it('is the same whatever the order of outages, meters and equivalent devices', () => {
    const other = { ...outage, device: { id: 'F2', equivalent: [] } };
    const same = { ...outage, device: { id: 'L1', equivalent: ['F1'] }, meters: ['M2', 'M1'] };
    const off = { ...meter, number: 'M2', powerStatus: 'off' } as const;
    expect(canonicalState([other, same], [off, meter])).toBe(canonicalState([outage, other], [meter, off]));
  });

  it('leaves out outages that were replaced, and nothing else that differs', () => {
    expect(canonicalState([outage, { ...outage, replacedBy: 'X' }], [meter])).toBe(
      canonicalState([outage], [meter]),
    );
    for (const change of [
      { status: 'detected' as const },
      { meters: ['M1'] },
      { customersOut: 3 },
      { startedAt: '2025-09-24T10:00:01Z' },
      { endedAt: null },
      { momentary: true },
      { device: { id: 'F1', equivalent: [] } },
    ]) {
      expect(canonicalState([{ ...outage, ...change }], [])).not.toBe(canonicalState([outage], []));
    }
    expect(canonicalState([], [{ ...meter, powerStatus: 'off' }])).not.toBe(canonicalState([], [meter]));
  });
});
