import { describe, expect, test } from 'vitest';
import { LaneQueue } from './lane-queue.ts';

describe('the events that wait for a lane', () => {
  test('are taken in the order of arrival, a full batch at most', () => {
    const queue = new LaneQueue<number>();
    for (let event = 0; event < 5; event++) queue.add('kaifa', event);
    expect([queue.take(2), queue.take(2), queue.take(2), queue.take(2)]).toEqual([
      { provider: 'kaifa', events: [0, 1] },
      { provider: 'kaifa', events: [2, 3] },
      { provider: 'kaifa', events: [4] },
      null,
    ]);
  });

  test('take turns by provider, so that one trip does not wait for a storm of last gasps', () => {
    const queue = new LaneQueue<string>();
    for (let event = 0; event < 6; event++) queue.add('kaifa', 'last gasp');
    expect(queue.take(2)?.provider).toBe('kaifa');
    queue.add('scada', 'trip');
    queue.add('onu', 'alert');
    const providers = Array.from({ length: 4 }, () => queue.take(2)?.provider);
    expect(providers).toEqual(['scada', 'onu', 'kaifa', 'kaifa']);
    expect(queue.take(2)).toBeNull();
  });
});
