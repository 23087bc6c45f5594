import { describe, expect, it } from 'vitest';
import { formatInstant } from './instant.ts';
import { outageEventId } from './outage-event-id.ts';

const at = (text: string, micros = 0) => Date.parse(text) * 1000 + micros;

describe('outageEventId', () => {
  it('is device and start in UTC', () => {
    expect(outageEventId('F00K123', at('2025-09-24T13:51:31Z'))).toBe('F00K123-20250924T135131Z');
  });

  it('has milliseconds where the start is no whole second, and microseconds only where there are any', () => {
    expect(outageEventId('F1', at('2025-09-24T13:51:31.847Z'))).toBe('F1-20250924T135131.847Z');
    expect(outageEventId('F1', at('2025-09-24T13:51:31.500Z'))).toBe('F1-20250924T135131.500Z');
    expect(outageEventId('F1', at('2025-09-24T13:51:31.555Z', 369))).toBe('F1-20250924T135131.555369Z');
    expect(outageEventId('F1', at('2025-09-24T13:51:31Z', 1))).toBe('F1-20250924T135131.000001Z');
  });
});

describe('formatInstant', () => {
  it('is RFC 3339 in UTC with as many digits as needed', () => {
    expect(formatInstant(at('2025-09-24T13:51:31Z'))).toBe('2025-09-24T13:51:31Z');
    expect(formatInstant(at('2025-09-24T13:51:31.500Z'))).toBe('2025-09-24T13:51:31.500Z');
    expect(formatInstant(at('2025-09-24T13:51:31.500Z', 7))).toBe('2025-09-24T13:51:31.500007Z');
    expect(formatInstant(at('1969-12-31T23:59:59.999Z', 999))).toBe('1969-12-31T23:59:59.999999Z');
  });
});
