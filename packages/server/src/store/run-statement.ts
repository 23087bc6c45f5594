import { type CustomTypesConfig, DatabaseError, type Pool, type QueryArrayConfig, types } from 'pg';

/** What a statement of a person's own gave. */
export interface StatementResult {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  /** Values in the columns' order, ready for JSON. */
  readonly rows: readonly (readonly unknown[])[];
  /** PostgreSQL's word for what was done, such as `UPDATE 3`. */
  readonly summary: string;
}

/**
 * Runs exactly one statement. Values come as JSON has them: integers and decimals as numbers while a number holds
 * them exactly and as text beyond, instants as ISO 8601 to the microsecond, json as itself, the rest as text.
 */
export async function runStatement(pool: Pool, text: string): Promise<StatementResult> {
  const query: QueryArrayConfig & { readonly queryMode: 'extended' } = {
    text,
    rowMode: 'array',
    types: JSON_VALUES,
    // The simple protocol would take several statements and answer with several results.
    queryMode: 'extended',
  };
  const result = await pool.query(query);
  return {
    columns: result.fields.map(({ name, dataTypeID }) => ({ name, isNumber: NUMBER_TYPES.has(dataTypeID) })),
    rows: result.rows,
    summary: [result.command, result.rowCount].filter((part) => part !== null).join(' '),
  };
}

/** Whether `runStatement` failed because its text holds several statements. The message is in the server's language. */
export function isSeveralStatements(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '42601' && error.routine === 'exec_parse_message';
}

/** Type numbers of PostgreSQL (pg_type.oid); built-in types keep theirs for good. */
const TYPE = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

const NUMBER_TYPES: ReadonlySet<number> = new Set([
  TYPE.int8,
  TYPE.int2,
  TYPE.int4,
  TYPE.oid,
  TYPE.float4,
  TYPE.float8,
  TYPE.numeric,
]);

type Parse = (text: string) => unknown;

const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [TYPE.bool, (text) => text === 't'],
  [TYPE.json, (text) => JSON.parse(text) as unknown],
  [TYPE.jsonb, (text) => JSON.parse(text) as unknown],
  [TYPE.timestamp, (text) => text.replace(' ', 'T')],
  [TYPE.timestamptz, (text) => text.replace(' ', 'T').replace(/\+00$/, 'Z')],
  ...[...NUMBER_TYPES].map((type) => [type, toNumberWhenExact] as const),
]);

/** The array type of each type above, and of `text`. */
const ELEMENT_TYPES: ReadonlyMap<number, number> = new Map<number, number>([
  [1000, TYPE.bool],
  [1005, TYPE.int2],
  [1007, TYPE.int4],
  [1016, TYPE.int8],
  [1028, TYPE.oid],
  [1021, TYPE.float4],
  [1022, TYPE.float8],
  [1115, TYPE.timestamp],
  [1185, TYPE.timestamptz],
  [1231, TYPE.numeric],
  [199, TYPE.json],
  [3807, TYPE.jsonb],
  [1009, 25],
]);

/** The types of pg declare this as a function; it is an object. */
const arrayParser = types.arrayParser as unknown as {
  readonly create: (text: string, parse: Parse) => { readonly parse: () => unknown[] };
};

const asText: Parse = (text) => text;

const JSON_VALUES: CustomTypesConfig = {
  getTypeParser: (type: number) => {
    const element = ELEMENT_TYPES.get(type);
    if (element === undefined) return PARSERS.get(type) ?? asText;
    const parse = PARSERS.get(element) ?? asText;
    return (text: string) => arrayParser.create(text, parse).parse();
  },
};

/** Beyond 15 significant digits a number might not be the one that was stored; NaN and infinity are not JSON. */
function toNumberWhenExact(text: string): unknown {
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  if (Number.isSafeInteger(number) && /^-?\d+$/.test(text)) return number;
  const digits = text.replace(/e.*$/i, '').replace(/[-.]/g, '').replace(/^0+/, '').length;
  return digits <= 15 || String(number) === text ? number : text;
}
