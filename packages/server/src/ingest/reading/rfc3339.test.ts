import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corpusCases, NO_CORPORA } from '../testing/corpus-cases.ts';
import { parseRfc3339, rfc3339Fault } from './rfc3339.ts';

describe('an RFC 3339 instant', () => {
  test.each([
    '2025-09-24T13:51:31Z',
    '2025-09-24t13:51:31.5z',
    '2025-09-24T13:51:31.555369+03:00',
    '2024-02-29T00:00:00-00:00',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999999999Z',
    '1998-12-31T23:59:60Z',
    '1998-12-31T23:59:60.000+00:00',
    '1999-01-01T02:59:60.5+03:00',
    '1998-12-31T15:59:60-08:00',
    '1998-12-31T23:29:60.5-00:30',
    '2025-09-24T13:51:31+15:59',
  ])('is taken: %s', (text) => {
    expect(rfc3339Fault(text)).toBeNull();
    expect(parseRfc3339(text)).toBeInstanceOf(Date);
  });

  test.each([
    ['2025-09-24T13:51:31', 'offset'],
    ['2025-09-24T13:51:31.555369', 'offset'],
    ['2025-09-24 13:51:31Z', 'RFC 3339'],
    ['2025-09-24T13:51Z', 'RFC 3339'],
    ['2025-09-24', 'RFC 3339'],
    ['2025-09-24T13:51:31+0300', 'RFC 3339'],
    ['2025-09-24T13:51:31,5Z', 'RFC 3339'],
    ['2025-09-24T13:51:31.Z', 'RFC 3339'],
    ['2025-09-24T13:51:31Z\n', 'RFC 3339'],
    ['٢٠٢٥-09-24T13:51:31Z', 'RFC 3339'],
    ['1758711091', 'RFC 3339'],
    ['', 'RFC 3339'],
    [`2025-09-24T13:51:31.${'1'.repeat(31)}Z`, 'RFC 3339'],
    ['2025-02-29T13:51:31Z', 'no such day'],
    ['2025-00-24T13:51:31Z', 'no such month'],
    ['2025-13-24T13:51:31Z', 'no such month'],
    ['0000-01-01T00:00:00Z', 'year 0000'],
    ['2025-09-24T24:00:00Z', 'time of day'],
    ['2025-09-24T13:60:00Z', 'time of day'],
    ['2025-09-24T13:51:61Z', 'time of day'],
    ['2025-09-24T13:51:60Z', 'leap second'],
    ['1998-12-31T23:59:60.5Z', 'leap second'],
    ['2025-09-24T13:51:31+16:00', 'offset'],
    ['2025-09-24T13:51:31+03:60', 'offset'],
  ])('is refused with what is wrong: %s', (text, why) => {
    expect(rfc3339Fault(text)).toContain(why);
    expect(parseRfc3339(text)).toBeNull();
  });

  test('is the same instant as JavaScript reads where both can read it', () => {
    const zone = fc
      .tuple(fc.constantFrom('+', '-'), fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 59 }))
      .map(
        ([sign, hours, minutes]) =>
          `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`,
      );
    const date = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.oneof(fc.constant('Z'), zone), (local, offset) => {
        const text = local.toISOString().replace('Z', offset);
        expect(parseRfc3339(text)?.getTime()).toBe(new Date(text).getTime());
      }),
    );
  });

  test('at a leap second is the first second of the next day', () => {
    expect(parseRfc3339('1998-12-31T23:59:60Z')?.toISOString()).toBe('1999-01-01T00:00:00.000Z');
    expect(parseRfc3339('1998-12-31T15:59:60.25-08:00')?.toISOString()).toBe('1999-01-01T00:00:00.250Z');
  });

  test('is told from every other text as the public test suites tell them', (context) => {
    const cases = corpusCases('timestamps');
    if (cases === null) return context.skip(NO_CORPORA);
    const instants = cases.filter(({ format }) => format === 'date-time' || format === 'toml-datetime');
    expect(instants.length).toBeGreaterThan(70);
    const misjudged = instants.filter(
      ({ text, expect: wanted }) => (rfc3339Fault(text) === null) !== (wanted === 'accept'),
    );
    expect(misjudged.map(({ id, text }) => `${id}: ${text}`)).toEqual([]);
  });

  test('is never a date, a time of day, a duration or a local time of those suites', (context) => {
    const cases = corpusCases('timestamps');
    if (cases === null) return context.skip(NO_CORPORA);
    const others = cases.filter(({ format }) => format !== 'date-time' && format !== 'toml-datetime');
    const taken = others
      .filter(({ text }) => rfc3339Fault(text) === null)
      .map(({ id, text }) => `${id}: ${text}`);
    // Two cases test that a whole instant is no date and no time of day.
    expect(taken.filter((one) => !one.endsWith('2020-11-28T23:55:45Z'))).toEqual([]);
  });
});
