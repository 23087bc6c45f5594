import { describeRejection, PROVIDERS, type Provider, REJECTION_CODES } from '@lastgasp/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GATEWAYS } from '../src/api/routes/gateway.ts';
import { CallCenterMessage } from '../src/ingest/providers/call-center/call-center-message.ts';
import {
  iecHeaderName,
  iecName,
  KaifaHeader,
  KaifaPayload,
} from '../src/ingest/providers/kaifa/kaifa-event.ts';
import { OnuMessage } from '../src/ingest/providers/onu/onu-message.ts';
import { readMessage } from '../src/ingest/providers/read-message.ts';
import { ScadaMessage } from '../src/ingest/providers/scada/scada-message.ts';
import { readRecordedEvent } from '../src/ingest/reading/recorded-event.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { type MarkdownBlock, markdownBlocks, readPage, tableRows } from './markdown-blocks.ts';

const page = await readPage('docs/messages.md');
const blocks = markdownBlocks(page);

/** A message of the page, with the block that tells what becomes of it. */
interface Example {
  readonly name: string;
  readonly provider: Provider;
  readonly message: MarkdownBlock;
  readonly outcome: MarkdownBlock | null;
}

const examples: readonly Example[] = blocks.flatMap((message, index) => {
  const [, provider] = message.language.split(' ');
  if (!PROVIDERS.includes(provider as Provider)) return [];
  const next = blocks[index + 1];
  const outcome = next?.followsDirectly === true && /^(text|json answer)/.test(next.language) ? next : null;
  return [
    { name: `line ${message.line}: ${message.language}`, provider: provider as Provider, message, outcome },
  ];
});

describe('a message of docs/messages.md is read as the page says', () => {
  test.for(examples.map((example) => [example.name, example] as const))(
    '%s',
    ([, { provider, message, outcome }]) => {
      const { events, rejected } = readMessage(provider, message.text);
      if (message.language.endsWith(' rejected')) {
        expect(rejected.map(({ rejection }) => `${rejection.code} ${describeRejection(rejection)}`)).toEqual([
          outcome?.text.trim(),
        ]);
        expect(events).toEqual([]);
        return;
      }
      expect(rejected).toEqual([]);
      expect(events.length).toBeGreaterThan(0);
    },
  );

  test('each provider has a message with its answer, and one that is refused is shown', () => {
    const answered = examples.filter(({ outcome }) => outcome?.language.startsWith('json answer') === true);
    expect(new Set(answered.map(({ provider }) => provider))).toEqual(new Set(PROVIDERS));
    expect(examples.some(({ message }) => message.language.endsWith(' rejected'))).toBe(true);
  });

  test('each line of a recorded file', () => {
    const lines = blocks
      .filter(({ language }) => language === 'ndjson')
      .flatMap(({ text }) => text.split('\n'));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      const record = readRecordedEvent(line);
      if (!record.ok) throw new Error(record.error.reason);
      expect(readMessage(record.value.provider, record.value.body).rejected).toEqual([]);
    }
  });
});

describe('through the real server', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer();
  });
  afterAll(() => server?.stop());

  const answered = examples.filter(({ outcome }) => outcome?.language.startsWith('json answer') === true);
  test.for(answered.map((example) => [example.name, example] as const))(
    'the answer is the one of the page: %s',
    async ([, { provider, message, outcome }]) => {
      const route = GATEWAYS.find((gateway) => gateway.provider === provider)?.urls[0] as string;
      const answer = await server.post(route, message.text);
      expect(`json answer ${answer.status}`).toBe(outcome?.language);
      expect(withoutRowNumbers(answer.json)).toEqual(withoutRowNumbers(JSON.parse(outcome?.text ?? '')));
      expect((await server.post(route, message.text)).status).toBe(200);
    },
  );

  test.for([
    ['SCADA', 'select oms_scada_signal($1, $1)'],
    ['KAIFA', 'select oms_kaifa_signal($1)'],
    ['Call Center', 'select oms_call_kind($1)'],
  ] as const)('what %s says is what its words are taken for', async ([provider, query]) => {
    const rows = tableRows(page, `${provider} says`);
    expect(rows.length).toBeGreaterThan(3);
    for (const [signal = '', words = ''] of rows) {
      const plain = words.replace(/^anything else, such as /, '');
      for (const word of plain.split(provider === 'Call Center' ? /; / : /, /)) {
        const { rows: found } = await server.database.pool.query(query, [word]);
        expect([word, Object.values(found[0] as object)[0]]).toEqual([word, bare(signal)]);
      }
    }
  });
});

describe('the tables of docs/messages.md', () => {
  test.for([
    ['SCADA', leavesOf(ScadaMessage)],
    ['ONU', leavesOf(OnuMessage)],
    ['Call Center', leavesOf(CallCenterMessage)],
    [
      'KAIFA',
      [
        ...leavesOf(KaifaHeader, iecHeaderName).map((leaf) => ({ ...leaf, path: `Header.${leaf.path}` })),
        ...leavesOf(KaifaPayload, iecName),
      ],
    ],
  ] as const)(
    'name each field of %s, whether it is required and how long it may be',
    ([provider, leaves]) => {
      const rows = tableRows(page, `field of ${provider}`).flatMap(
        ([fields = '', required = '', limit = '']) =>
          [...fields.matchAll(/`([^`]+)`/g)].map(([, path]) => ({ path: path as string, required, limit })),
      );
      expect(
        rows.map(({ path }) => path).filter((path) => !leaves.some((leaf) => isAtOrBelow(leaf.path, path))),
      ).toEqual([]);
      for (const leaf of leaves) {
        // The longest path is the nearest row.
        const row = rows
          .filter(({ path }) => isAtOrBelow(leaf.path, path))
          .sort((a, b) => b.path.length - a.path.length)[0];
        expect(row, `${leaf.path} has no row`).toBeDefined();
        if (leaf.maxLength !== null)
          expect([leaf.path, row?.limit]).toEqual([leaf.path, leaf.maxLength.toLocaleString('en-US')]);
        if (row?.path === leaf.path && row.required !== 'one of them') {
          expect([leaf.path, row.required]).toEqual([leaf.path, leaf.isRequired ? 'yes' : 'no']);
        }
      }
    },
  );

  test('name every gateway route', () => {
    const named = [...page.matchAll(/`(\/[a-z/-]+)`/g)].map(([, url]) => url);
    for (const { urls } of GATEWAYS) for (const url of urls) expect(named).toContain(url);
  });

  test('name every code of a dead letter', () => {
    const named = tableRows(page, 'code').flatMap(([codes = '']) =>
      [...codes.matchAll(/`([^`]+)`/g)].map(([, code]) => code),
    );
    expect(named.toSorted()).toEqual([...REJECTION_CODES, 'refused_by_database'].toSorted());
  });
});

interface Leaf {
  readonly path: string;
  readonly isRequired: boolean;
  readonly maxLength: number | null;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly maxLength?: number;
}

/** The fields of a message schema that hold a value, by path; a field of a list is named like a field of its element. */
function leavesOf(schema: object, nameOf: (key: string) => string = (key) => key): readonly Leaf[] {
  const walk = ({ properties = {}, required = [] }: JsonSchema, prefix: string): readonly Leaf[] =>
    Object.entries(properties).flatMap(([key, field]) => {
      const path = prefix + nameOf(key);
      const inner = field.items?.properties === undefined ? field : field.items;
      if (inner.properties !== undefined) return walk(inner, `${path}.`);
      return [{ path, isRequired: required.includes(key), maxLength: field.maxLength ?? null }];
    });
  return walk(schema as JsonSchema, '');
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`);
}

const bare = (cell: string): string => cell.replaceAll('`', '');

/** Numbers of rows differ from one database to the next. */
function withoutRowNumbers(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key, value) =>
      /^(id|scadaEventId|outageEventId)$/.test(key) ? '#' : (value as unknown),
    ),
  );
}
