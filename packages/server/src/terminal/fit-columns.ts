/** Narrower than this a column of text is a column of syllables. */
const NARROWEST = 10;

/** A line between two columns and a space on either side of a cell. */
const BETWEEN = 3;

/** What a column needs, in characters, and whether its text may be broken. */
export interface ColumnNeed {
  readonly width: number;
  readonly mayBreak: boolean;
}

/**
 * The width of each column so that a drawn table is at most `most` characters wide: what may be broken gives way, the
 * widest first, none below 10 characters. What cannot be made to fit stays too wide.
 */
export function fitColumns(needs: readonly ColumnNeed[], most: number): number[] {
  const widths = needs.map(({ width }) => width);
  let over = widths.reduce((sum, width) => sum + width + BETWEEN, 1) - most;
  while (over > 0) {
    const widest = widths.reduce(
      (best, width, column) =>
        needs[column]?.mayBreak === true && width > NARROWEST && width > (widths[best] ?? NARROWEST)
          ? column
          : best,
      -1,
    );
    if (widest < 0) break;
    widths[widest] = (widths[widest] as number) - 1;
    over -= 1;
  }
  return widths;
}

/** How many places a terminal gives to `text`: marks above and below letters, as in Arabic, take none. */
export function placesOf(text: string): number {
  return [...text.replaceAll(/\p{M}/gu, '')].length;
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
      const characters = [...rest];
      lines.push(characters.slice(0, width).join(''));
      rest = characters.slice(width).join('');
    }
    line = rest;
  }
  if (line !== '') lines.push(line);
  return lines;
}
