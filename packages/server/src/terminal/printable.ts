/**
 * A text as a terminal may be given it: control characters could move its cursor, colour it or name its window, and a
 * provider's text must not. Lines and tabs stay; every other control character shows as U+FFFD.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll('\r\n', '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
}
