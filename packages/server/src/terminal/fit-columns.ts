import { lettersOf, placesOf } from './place-text.ts';

/** Narrower than this a column of text is a column of syllables. */
const NARROWEST = 10;

/** A line between two columns and a space on either side of a cell. */
const BETWEEN = 3;

/** What a column needs, in characters. */
export interface ColumnNeed {
  readonly width: number;
  /** Its longest word; null where its text may not be broken, as numbers may not. */
  readonly longestWord: number | null;
}

/**
 * The width of each column so that a drawn table is at most `most` characters wide: what may be broken gives way, the widest
 * first, between words as long as that helps, then within them, none below 10 characters. What cannot be made to fit
 * stays too wide.
 */
export function fitColumns(needs: readonly ColumnNeed[], most: number): number[] {
  const between = shrink(
    needs.map(({ width }) => width),
    needs.map(({ width, longestWord }) => Math.min(width, longestWord ?? width)),
    most,
  );
  return shrink(
    between,
    needs.map(({ width, longestWord }) => (longestWord === null ? width : Math.min(width, NARROWEST))),
    most,
  );
}

/** Takes a character at a time from the widest column that is wider than its least width. */
function shrink(from: readonly number[], least: readonly number[], most: number): number[] {
  const widths = [...from];
  let over = widths.reduce((sum, width) => sum + width + BETWEEN, 1) - most;
  while (over > 0) {
    const widest = widths.reduce(
      (best, width, column) =>
        width > (least[column] ?? width) && width > (widths[best] ?? 0) ? column : best,
      -1,
    );
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
    over -= 1;
  }
  return widths;
}

/** `text` in lines of at most `width` characters, broken between words where it can be. */
export function breakText(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (placesOf(line) <= width ? [line] : breakLine(line, width)))
    .join('\n');
}

function breakLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = line === '' ? word : `${line} ${word}`;
    if (line !== '' && placesOf(rest) > width) {
      lines.push(line);
      rest = word;
    }
    while (placesOf(rest) > width) {
      const letters = lettersOf(rest);
      lines.push(letters.slice(0, width).join(''));
      rest = letters.slice(width).join('');
    }
    line = rest;
  }
  if (line !== '') lines.push(line);
  return lines;
}
