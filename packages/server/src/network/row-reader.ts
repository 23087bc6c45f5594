import { DEVICE_KINDS, type DeviceKind } from '@lastgasp/model';
import type { BundleFile } from './bundle-format.ts';
import type { Finding, FindingCode, FindingLog } from './finding.ts';
import type { CsvRow } from './parse-csv.ts';

const TRUE_WORDS: ReadonlySet<string> = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['', 'false', 'f', 'no', 'n', '0']);

/** Every id and address is in an index, whose entries PostgreSQL limits to 2,704 bytes; a character takes up to three. */
const MAX_ID_LENGTH = 200;
const MAX_TEXT_LENGTH = 800;

/** The registry stores ONU numbers as bigint. */
const MAX_ONU_ID = 9_223_372_036_854_775_807n;

/**
 * Reads the fields of one row after another by column name. A value that cannot be used becomes a finding
 * and counts as not given; the row stays.
 */
export class RowReader {
  readonly file: BundleFile;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #findings: FindingLog;
  #row: CsvRow = { line: 0, values: [] };
  #id: string | null = null;

  constructor(file: BundleFile, header: readonly string[], findings: FindingLog) {
    this.file = file;
    this.#columns = new Map(header.map((name, index) => [name, index]));
    this.#findings = findings;
  }

  /** Takes up `row`; its id is the trimmed value of `idColumn`, empty where the row has none. */
  open(row: CsvRow, idColumn: string): string {
    this.#row = row;
    this.#id = null;
    const id = this.id(idColumn);
    this.#id = id === '' ? null : id;
    return id;
  }

  /** Line on which the open row begins. */
  get line(): number {
    return this.#row.line;
  }

  /** Notes something about the open row. */
  note(code: FindingCode, field: string | null, reason: string, leftOut = false): void {
    const finding: Finding = {
      code,
      file: this.file,
      line: this.#row.line,
      field,
      id: this.#id,
      reason,
      leftOut,
    };
    this.#findings.add(finding);
  }

  /** An id: without blanks around it, empty where not given or too long to be one. */
  id(column: string): string {
    const value = this.#value(column).trim();
    if (value.includes(REPLACEMENT)) this.note('unreadable_text', column, UNREADABLE);
    return this.#isTooLong(column, value, MAX_ID_LENGTH) ? '' : value;
  }

  /** An id that may be absent. */
  idOrNull(column: string): string | null {
    const value = this.id(column);
    return value === '' ? null : value;
  }

  /** A text as written, null where empty. */
  text(column: string): string | null {
    const value = this.#value(column);
    if (value.includes(REPLACEMENT)) this.note('unreadable_text', column, UNREADABLE);
    return value === '' || this.#isTooLong(column, value, MAX_TEXT_LENGTH) ? null : value;
  }

  /** Both coordinates or neither: one alone, 0/0 and what lies outside the globe count as not known. */
  place(): { readonly lat: number | null; readonly lng: number | null } {
    const lat = this.#number('lat');
    const lng = this.#number('lng');
    if (lat === null && lng === null) return NOWHERE;
    if (lat === null || lng === null) {
      // Where the other one was given too, it has been told already that it is no number.
      if (this.#value('lat').trim() === '' || this.#value('lng').trim() === '')
        this.note(
          'invalid_value',
          lat === null ? 'lat' : 'lng',
          'one coordinate without the other is no place',
        );
      return NOWHERE;
    }
    const outside = Math.abs(lat) > 90 ? 'lat' : Math.abs(lng) > 180 ? 'lng' : null;
    if (outside !== null) {
      this.note('coordinates_out_of_range', outside, `${lat}, ${lng} is not on the globe`);
      return NOWHERE;
    }
    if (lat === 0 && lng === 0) {
      this.note('coordinates_out_of_range', 'lat', '0, 0 stands for a place that is not known');
      return NOWHERE;
    }
    return { lat, lng };
  }

  /** A whole number between `least` and `most`, `fallback` where not given or not usable. */
  integer(column: string, least: number, most: number, fallback: number): number {
    const value = this.#value(column).trim();
    if (value === '') return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.note(
      'invalid_value',
      column,
      `${quote(value)} is no whole number from ${least} to ${most}; ${fallback} is taken`,
    );
    return fallback;
  }

  /** A decimal number of 0 or more, null where not given or not usable. */
  amount(column: string): number | null {
    const number = this.#number(column);
    if (number === null || (number >= 0 && number < 1e10)) return number;
    this.note('invalid_value', column, `${number} is out of range`);
    return null;
  }

  /** The number of a fibre terminal: digits that fit a bigint. */
  onuId(column: string): string | null {
    const value = this.#value(column).trim();
    if (value === '') return null;
    if (/^\d{1,19}$/.test(value) && BigInt(value) <= MAX_ONU_ID) return BigInt(value).toString();
    this.note('invalid_value', column, `${quote(value)} is no ONU number`);
    return null;
  }

  /** A yes or no; empty means no. */
  flag(column: string): boolean {
    const value = this.#value(column).trim().toLowerCase();
    if (TRUE_WORDS.has(value)) return true;
    if (!FALSE_WORDS.has(value))
      this.note('invalid_value', column, `${quote(value)} is neither true nor false; false is taken`);
    return false;
  }

  /**
   * What a device is. A kind that is not known is taken as a line, so that what hangs below keeps its place;
   * `sectionaliser` is another spelling.
   */
  kind(column: string): DeviceKind {
    const value = this.#value(column)
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_');
    if (value === 'sectionaliser') return 'sectionalizer';
    const kind = DEVICE_KINDS.find((known) => known === value);
    if (kind !== undefined) return kind;
    this.note('invalid_value', column, `${quote(value)} is no kind of device; it is taken as a line`);
    return 'line';
  }

  #value(column: string): string {
    const index = this.#columns.get(column);
    return index === undefined ? '' : (this.#row.values[index] ?? '');
  }

  #isTooLong(column: string, value: string, most: number): boolean {
    if (value.length <= most) return false;
    this.note('invalid_value', column, `${quote(value)} is longer than ${most} characters`);
    return true;
  }

  #number(column: string): number | null {
    const value = this.#value(column).trim();
    if (value === '') return null;
    if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value)) return Number(value);
    this.note('invalid_value', column, `${quote(value)} is not a number`);
    return null;
  }
}

const REPLACEMENT = '\uFFFD';
const UNREADABLE = 'holds bytes that are not UTF-8; the file was probably saved in another encoding';
const NOWHERE = { lat: null, lng: null } as const;

/** A value as a reason shows it: in quotes, and not at any length. */
function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
