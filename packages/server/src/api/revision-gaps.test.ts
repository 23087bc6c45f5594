import { describe, expect, it } from 'vitest';
import { RevisionGaps } from './revision-gaps.ts';

describe('revisions that are missing', () => {
  it('are those between the ones seen, until they appear', () => {
    const gaps = new RevisionGaps(() => 0);
    gaps.begin(3, [1, 3]);
    expect([gaps.newest, gaps.missing]).toEqual([3, [2]]);
    gaps.see([6]);
    expect([gaps.newest, gaps.missing]).toEqual([6, [2, 4, 5]]);
    gaps.see([2, 4]);
    expect([gaps.newest, gaps.missing]).toEqual([6, [5]]);
  });

  it('are none before the first of a history that began elsewhere', () => {
    const gaps = new RevisionGaps(() => 0);
    gaps.begin(5000, [4001, 4003, 5000]);
    expect(gaps.missing[0]).toBe(4002);
    const empty = new RevisionGaps(() => 0);
    empty.begin(0, []);
    expect([empty.newest, empty.missing]).toEqual([0, []]);
  });

  it('are given up after ten minutes: their transactions ended without a trace', () => {
    let now = 0;
    const gaps = new RevisionGaps(() => now);
    gaps.begin(0, []);
    gaps.see([2]);
    now = 599_000;
    expect(gaps.missing).toEqual([1]);
    now = 601_000;
    expect(gaps.missing).toEqual([]);
  });

  it('are not watched by the million where a sequence was set by hand', () => {
    const gaps = new RevisionGaps(() => 0);
    gaps.begin(0, []);
    gaps.see([5_000_000]);
    expect(gaps.missing.length).toBeLessThanOrEqual(10_000);
  });
});
