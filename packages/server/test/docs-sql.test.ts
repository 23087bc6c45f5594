import { Client, type QueryResult } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTRACT_FUNCTIONS, CONTRACT_VIEWS } from '../src/store/contract-objects.ts';
import { type MarkdownBlock, markdownBlocks, readPage } from './markdown-blocks.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

interface Example {
  readonly sql: MarkdownBlock;
  /** What the page says it prints; null where it says nothing. */
  readonly printed: string | null;
}

const blocks = markdownBlocks(await readPage('docs/sql.md'));
const examples: readonly Example[] = blocks.flatMap((sql, index) => {
  if (sql.language !== 'sql') return [];
  const next = blocks[index + 1];
  const isPrinted = next?.language === 'text' && next.followsDirectly;
  return [{ sql, printed: isPrinted ? next.text : null }];
});

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  // Values as the server writes them, which is how psql prints them.
  client = new Client({
    connectionString: database.url,
    types: { getTypeParser: () => (text: string | Buffer) => text.toString() },
  });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

describe('the examples of docs/sql.md run in order', () => {
  test.for(examples.map((example) => [`line ${example.sql.line}: ${example.sql.heading}`, example] as const))(
    '%s',
    async ([, { sql, printed }]) => {
      if (printed?.startsWith('ERROR:') === true) {
        await expect(runAndTellError(sql.text)).resolves.toBe(printed.trim());
        return;
      }
      const results = await client.query(sql.text);
      const last: QueryResult = Array.isArray(results) ? results.at(-1) : results;
      if (printed !== null) expect(cellsOf(last)).toEqual(parsePrinted(printed));
    },
  );
});

test('every view and function of the contract has an example', () => {
  const code = examples.map(({ sql }) => sql.text.toLowerCase()).join('\n');
  const names = [
    ...CONTRACT_VIEWS,
    'oms_hazard_calls',
    ...CONTRACT_FUNCTIONS.map((signature) => signature.slice(0, signature.indexOf('('))),
    'insert_kaifa_events_from_json_with_meter_sync',
    'rematch_unmatched_identifiers',
  ];
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
});

/** What psql prints of an error with its SQLSTATE. */
async function runAndTellError(text: string): Promise<string> {
  try {
    await client.query(text);
    return 'no error';
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    return `ERROR:  ${code}: ${message}`;
  }
}

/** Head and rows of a result as texts; null prints as nothing. */
function cellsOf(result: QueryResult): string[][] {
  const names = result.fields.map(({ name }) => name);
  return [
    names,
    ...result.rows.map((row: Record<string, string | null>) => names.map((name) => row[name] ?? '')),
  ];
}

/** The cells of a table as psql prints it: a head, a rule, a line a row. */
function parsePrinted(text: string): string[][] {
  const [head = '', rule = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  if (!/^-[-+]*$/.test(rule)) throw new Error(`no rule below the head of ${JSON.stringify(head)}`);
  return [head, ...rows].map((line) => line.split('|').map((cell) => cell.trim()));
}
