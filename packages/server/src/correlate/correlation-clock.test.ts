import { describe, expect, it } from 'vitest';
import { CorrelationClock } from './correlation-clock.ts';
import type { EvidenceChunk } from './evidence-tail.ts';

const second = 1_000_000;
const NOW = 10_000 * second;
const NOTHING = chunk([]);

/** Rows received so many seconds before `NOW`. */
function chunk(secondsAgo: readonly number[], isFull = false): EvidenceChunk {
  const rows = secondsAgo.map((ago) => ({ receivedAt: NOW - ago * second }));
  return { rows, isFull } as unknown as EvidenceChunk;
}

describe('the clock of the correlator', () => {
  it('stands at the present while evidence comes in as it happens', () => {
    expect(new CorrelationClock().read(chunk([3, 1]), NOW, false)).toEqual({ at: NOW, isNews: true });
  });

  it('stands at the newest receipt while a backlog is read: what came after it is still to come', () => {
    const clock = new CorrelationClock();
    expect(clock.read(chunk([7_200, 3_600]), NOW, false).at).toBe(NOW - 3_600 * second);
    expect(clock.read(chunk([1_800], true), NOW + second, false).at).toBe(NOW - 1_800 * second);
    expect(clock.read(chunk([1], true), NOW + second, false).at).toBe(NOW - second);
  });

  it('never goes back, whatever is read late', () => {
    const clock = new CorrelationClock();
    clock.read(chunk([1]), NOW, false);
    expect(clock.read(chunk([3_600]), NOW + second, false).at).toBe(NOW);
  });

  it('goes on to the present two seconds after a backlog ends, once as news', () => {
    const clock = new CorrelationClock();
    clock.read(chunk([3_600]), NOW, false);
    expect(clock.read(NOTHING, NOW + second, false)).toEqual({ at: NOW - 3_600 * second, isNews: false });
    expect(clock.read(NOTHING, NOW + 2 * second, false)).toEqual({ at: NOW + 2 * second, isNews: true });
    expect(clock.read(NOTHING, NOW + 3 * second, false)).toEqual({ at: NOW + 3 * second, isNews: false });
  });

  it('goes to the present at once where nothing more is awaited', () => {
    const clock = new CorrelationClock();
    clock.read(chunk([3_600]), NOW, false);
    expect(clock.read(NOTHING, NOW + 1, true)).toEqual({ at: NOW + 1, isNews: true });
  });

  it('is never ahead of the present: a receipt may be stamped by another machine', () => {
    expect(new CorrelationClock().read(chunk([-500], true), NOW, false).at).toBe(NOW);
  });
});
