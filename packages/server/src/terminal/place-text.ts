/** How many places a terminal gives to `text`: marks above and below letters, as in Arabic, take none, nor do isolates. */
export function placesOf(text: string): number {
  return [...text.replaceAll(/[\p{M}\p{Cf}]/gu, '')].length;
}

/** `text` in what a reader takes for single letters: a letter stays together with its marks. */
export function lettersOf(text: string): string[] {
  const segmenter = new Intl.Segmenter('ar', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** `text`, or as much of it as `width` places hold, the last one for `…`. */
export function cutText(text: string, width: number): string {
  if (placesOf(text) <= width) return text;
  let cut = '';
  let places = 0;
  for (const letter of lettersOf(text)) {
    places += placesOf(letter);
    if (places >= width) break;
    cut += letter;
  }
  return `${cut}…`;
}

/**
 * `text` in exactly `width` places, to the left or to the right. Text that runs from right to left is isolated, so that
 * the terminal does not take the numbers beside it for a part of it.
 */
export function placeText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutText(text, width);
  const space = ' '.repeat(Math.max(0, width - placesOf(cut)));
  const placed = isRightToLeft(cut) ? `\u2068${cut}\u2069` : cut;
  return align === 'left' ? placed + space : space + placed;
}

/** Whether some of `text` runs from right to left. */
export function isRightToLeft(text: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(text);
}
