/** A numeric array parameter in PostgreSQL's text form; the driver's own arrays quote and escape each element. */
export function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

/** A text array parameter of plain words: refuses what would need quoting. */
export function wordArray(values: readonly string[]): string {
  const text = values.join(',');
  if (!/^[\w:,.-]*$/.test(text)) throw new Error('an array of words holds something that is none');
  return `{${text}}`;
}

/** SQL that turns microseconds since 1970 into a `timestamptz`, exact for every instant of the registry. */
export function instantOf(expression: string): string {
  return `('epoch'::timestamptz + ${expression} * interval '1 microsecond')`;
}

/** SQL that turns a `timestamptz` into microseconds since 1970, as `float8`. */
export function microsOf(expression: string): string {
  return `(extract(epoch from ${expression}) * 1000000)::float8`;
}
