/** Phases as bits: 1 is A, 2 is B, 4 is C. */
export const ALL_PHASES = 7;

/** SQL that turns phases such as ABC or A into bits; unknown ones are all. What is written most is looked at first. */
export function phaseBits(column: string): string {
  const bits = ['A', 'B', 'C'].map((phase, i) => `(upper(${column}) like '%${phase}%')::integer * ${2 ** i}`);
  return `case when ${column} is null then ${ALL_PHASES} when ${column} = 'ABC' then ${ALL_PHASES}
    when ${column} = 'A' then 1 when ${column} = 'B' then 2 when ${column} = 'C' then 4
    else coalesce(nullif(${bits.join(' + ')}, 0), ${ALL_PHASES}) end`;
}
