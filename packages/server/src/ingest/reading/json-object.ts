/** A JSON object as parsed: what its fields hold is not known yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** True for a JSON object: not null, no array, no number kept digit for digit. */
export function isJsonObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) !== null
  );
}
