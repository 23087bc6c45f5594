import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

describe('the limit of a sender', () => {
  it('lets a burst through, then as many as were agreed, and says when to come again', () => {
    let now = 0;
    const limiter = new RateLimiter({ burst: 3, perSecond: 2 }, () => now);
    expect([1, 2, 3].map(() => limiter.take('a').allowed)).toEqual([true, true, true]);
    expect(limiter.take('a')).toEqual({ allowed: false, limit: 3, remaining: 0, resetSeconds: 1 });
    now = 500;
    expect(limiter.take('a').allowed).toBe(true);
    expect(limiter.take('a').allowed).toBe(false);
    now = 60_000;
    expect(limiter.look('a').remaining).toBe(3);
  });

  it('counts each sender apart', () => {
    const limiter = new RateLimiter({ burst: 1, perSecond: 1 }, () => 0);
    expect(limiter.take('a').allowed).toBe(true);
    expect(limiter.take('a').allowed).toBe(false);
    expect(limiter.take('b').allowed).toBe(true);
  });

  it('remembers no more senders than it has room for', () => {
    const limiter = new RateLimiter({ burst: 1, perSecond: 1 }, () => 0);
    for (let sender = 0; sender < 25_000; sender += 1) limiter.take(String(sender));
    expect(limiter.take('0').allowed).toBe(true);
  });
});
