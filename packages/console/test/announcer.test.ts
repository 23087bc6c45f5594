import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAnnouncer } from '../public/announcer.js';
import { createLanguage } from '../public/language.js';

const language = createLanguage({ remembered: 'en', preferred: 'en' });
const outage = (id: string, customersOutNow: number) => ({
  id,
  customersOutNow,
  device: { id: `CB-${id}`, kind: 'breaker' },
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const said: string[] = [];
function announcer() {
  said.length = 0;
  return createAnnouncer({
    language,
    say: (text: string) => void said.push(text.replaceAll(/[\u2068\u2069]/g, '')),
  });
}

it('one outage is named, with its customers as they are when it is told', () => {
  const { outageOpened, outageChanged } = announcer();
  outageOpened(outage('1', 0));
  outageChanged(outage('1', 436));
  vi.advanceTimersByTime(2_000);
  expect(said).toEqual(['New outage: Breaker CB-1, 436 customers without supply.']);
});

it('a storm is told once each ten seconds at most, and nothing of it is left out', () => {
  const { outageOpened } = announcer();
  for (let second = 0; second < 30; second += 1) {
    for (let each = 0; each < 10; each += 1) outageOpened(outage(`${second}-${each}`, 2));
    vi.advanceTimersByTime(1_000);
  }
  vi.advanceTimersByTime(20_000);
  expect(said.length).toBeLessThanOrEqual(5);
  const told = said.map((text) => Number(/^(\d+) new outages, (\d+) customers/.exec(text)?.[1]));
  expect(told.reduce((sum, count) => sum + count, 0)).toBe(300);
});

it('a call that reports a danger comes before the outages of the same moment', () => {
  const { outageOpened, hazardCallsCame } = announcer();
  outageOpened(outage('1', 1));
  hazardCallsCame(2);
  vi.advanceTimersByTime(2_000);
  expect(said).toEqual(['2 new calls report a danger. New outage: Breaker CB-1, 1 customer without supply.']);
});

it('an outage that changes later is not told again', () => {
  const { outageOpened, outageChanged } = announcer();
  outageOpened(outage('1', 5));
  vi.advanceTimersByTime(2_000);
  outageChanged(outage('1', 3));
  vi.advanceTimersByTime(60_000);
  expect(said.length).toBe(1);
});
