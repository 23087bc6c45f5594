import { describe, expect, it } from 'vitest';
import type { OutageMemberColumns } from '../store/queries/correlate/load-outage-meters.ts';
import { addMemberChanges, type GrowingChanges, summed } from './outage-members.ts';

type Member = readonly [meterKey: number, customers: number, from: number, until: number | null];

const members = (...rows: Member[]): OutageMemberColumns => ({
  meterKey: rows.map(([meterKey]) => meterKey),
  customers: rows.map(([, customers]) => customers),
  from: rows.map(([, , from]) => from),
  until: rows.map(([, , , until]) => until),
});

function changesOf(before: OutageMemberColumns | null, after: OutageMemberColumns): GrowingChanges {
  const changes: GrowingChanges = { gone: [], back: [], outAgain: [], added: [] };
  addMemberChanges(changes, 7, before, after);
  return changes;
}

describe('the meters of an outage', () => {
  it('that are the same change nothing, in whatever order they are stored', () => {
    const stored = members([1, 1, 10, null], [2, 3, 10, 20]);
    expect(changesOf(stored, members([2, 3, 10, 20], [1, 1, 10, null]))).toEqual(changesOf(null, members()));
  });

  it('that are the same at other times are moved', () => {
    const stored = members([1, 1, 10, null], [2, 3, 10, 20]);
    expect(changesOf(stored, members([1, 1, 9, null], [2, 3, 9, 20]))).toEqual({
      gone: [],
      back: [{ outageKey: 7, meterKey: 2, customers: 3, from: 9, until: 20 }],
      outAgain: [{ outageKey: 7, meterKey: 1, customers: 1, from: 9, until: null }],
      added: [],
    });
  });

  it('are added, given back, out after all, or no part of it', () => {
    const stored = members([1, 1, 10, null], [2, 1, 10, null], [3, 1, 10, 20], [4, 1, 10, null]);
    const found = members([1, 1, 10, null], [2, 1, 10, 30], [3, 1, 10, null], [5, 2, 12, null]);
    expect(changesOf(stored, found)).toEqual({
      gone: [{ outageKey: 7, meterKey: 4 }],
      back: [{ outageKey: 7, meterKey: 2, customers: 1, from: 10, until: 30 }],
      outAgain: [{ outageKey: 7, meterKey: 3, customers: 1, from: 10, until: null }],
      added: [{ outageKey: 7, meterKey: 5, customers: 2, from: 12, until: null }],
    });
  });

  it('count as out by their customers while they have no end', () => {
    expect(summed(members([1, 4, 10, null], [2, 3, 10, 20]), null)).toMatchObject({
      customers: 7,
      customersOut: 4,
      metersBack: 1,
    });
  });
});
