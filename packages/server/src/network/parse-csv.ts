/** One row as it stands in the file. */
export interface CsvRow {
  /** Line on which the row begins, from 1. */
  readonly line: number;
  readonly values: readonly string[];
}

/** A line that RFC 4180 does not allow; it was passed over. */
export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

/** A part of a file: rows to use and lines that could not be read. */
export interface CsvBatch {
  readonly rows: readonly CsvRow[];
  readonly badRows: readonly BadRow[];
}

/**
 * No row of a network is longer, in characters; a quote still open after so many was opened by mistake. It
 * also bounds what is held in memory of a file without line ends.
 */
const MAX_ROW_LENGTH = 1_048_576;
const TOO_LONG = `is longer than ${MAX_ROW_LENGTH} characters`;

/**
 * The rows of a CSV text that comes in pieces, the header first (RFC 4180; lines end in LF or CRLF). Blank
 * lines and lines of separators alone are passed over. A line with a stray quote, a quote that is never
 * closed, a NUL, or more text than a row can hold comes among `badRows`, and reading goes on with the next
 * line, so that one slip costs one row. Written by hand because csv-parse 7 goes on inside a stray quote,
 * loses the good rows after it, and counts lines wrongly from there on and after CRLF inside quotes.
 */
export async function* parseCsv(pieces: AsyncIterable<string> | Iterable<string>): AsyncGenerator<CsvBatch> {
  let text = '';
  let line = 1;
  for await (const piece of pieces) {
    text += piece;
    const part = takeRows(text, line, false);
    text = text.slice(part.consumed);
    line = part.nextLine;
    if (part.rows.length > 0 || part.badRows.length > 0) yield part;
  }
  const rest = takeRows(text, line, true);
  if (rest.rows.length > 0 || rest.badRows.length > 0) yield rest;
}

interface Part extends CsvBatch {
  readonly consumed: number;
  readonly nextLine: number;
}

function takeRows(text: string, firstLine: number, isEnd: boolean): Part {
  const rows: CsvRow[] = [];
  const badRows: BadRow[] = [];
  let at = 0;
  let line = firstLine;
  // Most files have no quotes at all: lines before the next one are split without looking at each character.
  let quoteAt = indexOrEnd(text, '"', 0);
  while (at < text.length) {
    const lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0 && !isEnd && text.length - at <= MAX_ROW_LENGTH) break;
    const contentEnd = lineEnd < 0 ? text.length : lineEnd;
    const scan =
      contentEnd - at > MAX_ROW_LENGTH
        ? TOO_LONG
        : quoteAt >= contentEnd
          ? splitLine(text, at, contentEnd)
          : scanQuotedRow(text, at, isEnd);
    if (scan === undefined) break;
    if (typeof scan === 'string') {
      // Without a line end in sight the rest of an endless line cannot be told from a row: end with it.
      badRows.push({ line, reason: scan });
      line += 1;
      at = lineEnd < 0 ? text.length : lineEnd + 1;
    } else {
      if (scan.values.some((value) => value.includes('\0')))
        badRows.push({ line, reason: 'holds a NUL character' });
      else if (scan.values.some((value) => value.trim() !== '')) rows.push({ line, values: scan.values });
      line += scan.lines;
      at = scan.end;
    }
    if (quoteAt < at) quoteAt = indexOrEnd(text, '"', at);
  }
  return { rows, badRows, consumed: at, nextLine: line };
}

interface ScannedRow {
  readonly values: string[];
  /** Position after the row's line end. */
  readonly end: number;
  readonly lines: number;
}

function splitLine(text: string, start: number, contentEnd: number): ScannedRow {
  const end = text.charCodeAt(contentEnd - 1) === CARRIAGE_RETURN ? contentEnd - 1 : contentEnd;
  return { values: text.slice(start, Math.max(start, end)).split(','), end: contentEnd + 1, lines: 1 };
}

const CARRIAGE_RETURN = 13;

/** A row in which a quote stands: the row, why it is none, or undefined where its end has not come yet. */
function scanQuotedRow(text: string, start: number, isEnd: boolean): ScannedRow | string | undefined {
  const values: string[] = [];
  let lines = 1;
  let at = start;
  for (;;) {
    let fieldEnd: number;
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      if (close < 0 && (isEnd || text.length - start > MAX_ROW_LENGTH))
        return 'opens a quote that is never closed';
      // A quote at the very end of what has come may be the first half of a doubled one.
      if (close < 0 || (close + 1 === text.length && !isEnd)) return undefined;
      const value = text.slice(at + 1, close).replaceAll('""', '"');
      for (let lf = value.indexOf('\n'); lf >= 0; lf = value.indexOf('\n', lf + 1)) lines += 1;
      values.push(value);
      fieldEnd = close + 1;
    } else {
      fieldEnd = at;
      while (fieldEnd < text.length && text[fieldEnd] !== ',' && text[fieldEnd] !== '\n') fieldEnd += 1;
      if (fieldEnd === text.length && !isEnd)
        return text.length - start > MAX_ROW_LENGTH ? TOO_LONG : undefined;
      const isLast = text[fieldEnd] !== ',';
      const valueEnd = isLast && fieldEnd > at && text[fieldEnd - 1] === '\r' ? fieldEnd - 1 : fieldEnd;
      // A quote that does not begin a field is a character, as in 5" or 31°57'N.
      values.push(text.slice(at, valueEnd));
    }
    if (text[fieldEnd] === ',') {
      at = fieldEnd + 1;
      continue;
    }
    if (text[fieldEnd] === '\r') {
      if (fieldEnd + 1 === text.length && !isEnd) return undefined;
      if (text[fieldEnd + 1] === '\n' || fieldEnd + 1 === text.length) fieldEnd += 1;
    }
    if (fieldEnd === text.length || text[fieldEnd] === '\n') return { values, end: fieldEnd + 1, lines };
    return 'has text after a closing quote';
  }
}

/** Where the quote that closes a field stands; a doubled quote is a character. -1 where none is in sight. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

function indexOrEnd(text: string, search: string, from: number): number {
  const at = text.indexOf(search, from);
  return at < 0 ? text.length : at;
}
