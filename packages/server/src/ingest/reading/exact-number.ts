/** JSON's source text access (ES2026), which Node has from 22 on and TypeScript's library does not describe yet. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}
const { parse, rawJSON, isRawJSON } = JSON as unknown as JsonWithSource;

const WHOLE_NUMBER = /^-?[0-9]+$/;

/**
 * `text` parsed with whole numbers beyond ±2^53 kept digit for digit: as objects that JSON.stringify writes back as they
 * came, and that no check of a number field accepts. Throws as JSON.parse does.
 */
export function parseKeepingLongNumbers(text: string): unknown {
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    WHOLE_NUMBER.test(source)
      ? rawJSON(source)
      : value,
  );
}

/** The digits of a whole number beyond ±2^53 that `parseKeepingLongNumbers` kept; null for any other value. */
export function longNumberText(value: unknown): string | null {
  return isRawJSON(value) ? value.rawJSON : null;
}
