/**
 * The shape of RFC 3339 `date-time`, which is stricter than ISO 8601: seconds and offset are required, digits are ASCII.
 * 30 digits of a second's fraction: PostgreSQL refuses texts beyond about 128 characters, and nothing measures finer.
 */
const SHAPE =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,30})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$/;
const WITHOUT_OFFSET = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?$/;

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** PostgreSQL takes offsets up to 15:59; the largest in use on Earth is +14:00. */
const MAX_OFFSET_HOURS = 15;

/**
 * What is wrong with `text` as an RFC 3339 instant, completing a sentence that its field begins; null when nothing is.
 * Refuses a missing offset, days and hours that do not exist, year 0000, a second 60 other than 23:59:60 UTC (and
 * fractions of that one, unless the offset makes it another time of day), offsets beyond 15:59 and more than 30 digits of
 * a fraction. Whatever it takes, PostgreSQL casts to timestamptz.
 */
export function rfc3339Fault(text: string): string | null {
  if (!SHAPE.test(text)) {
    return WITHOUT_OFFSET.test(text)
      ? 'must carry its offset from UTC (Z or ±hh:mm)'
      : 'must be an RFC 3339 instant such as 2025-09-24T13:51:31+03:00';
  }
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (year === 0) return 'has year 0000, which is no year';
  if (month < 1 || month > 12) return `has no such month: ${text.slice(5, 7)}`;
  if (day < 1 || day > daysIn(year, month)) return `has no such day: ${text.slice(0, 10)}`;
  if (hour > 23 || minute > 59 || second > 60) return `has no such time of day: ${text.slice(11, 19)}`;
  const offsetMinutes = offsetMinutesOf(text);
  if (offsetMinutes === null) return `has no such offset from UTC: ${text.slice(-6)}`;
  if (second === 60 && modulo(hour * 60 + minute - offsetMinutes, 1440) !== 1439) {
    return 'has second 60, which only a leap second at 23:59:60 UTC has';
  }
  // PostgreSQL takes 23:59:60 as 24:00:00 and refuses what is beyond; the same second at another offset it takes.
  if (second === 60 && hour === 23 && minute === 59 && /^\.[0-9]*[1-9]/.test(text.slice(19))) {
    return 'has a fraction of the leap second 23:59:60, which cannot be stored';
  }
  return null;
}

/**
 * The instant that `text` names in RFC 3339, to the millisecond (finer digits are cut); null where `rfc3339Fault` finds
 * one. A leap second is the first second of the next day, as in PostgreSQL.
 */
export function parseRfc3339(text: string): Date | null {
  if (rfc3339Fault(text) !== null) return null;
  const instant = new Date(0);
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  instant.setUTCFullYear(year, twoDigits(text, 5) - 1, twoDigits(text, 8));
  const milliseconds = text[19] === '.' ? Number(/[0-9]{1,3}/.exec(text.slice(20))![0].padEnd(3, '0')) : 0;
  const minutes = twoDigits(text, 14) - (offsetMinutesOf(text) ?? 0);
  instant.setUTCHours(twoDigits(text, 11), minutes, twoDigits(text, 17), milliseconds);
  return instant;
}

/** Minutes east of UTC, or null for an offset that is none; `text` has the right shape. */
function offsetMinutesOf(text: string): number | null {
  const last = text.charCodeAt(text.length - 1);
  if (last === 0x5a || last === 0x7a) return 0;
  const hours = twoDigits(text, text.length - 5);
  const minutes = twoDigits(text, text.length - 2);
  if (hours > MAX_OFFSET_HOURS || minutes > 59) return null;
  return (text[text.length - 6] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : DAYS_IN_MONTH[month - 1]!;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
