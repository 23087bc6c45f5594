import {
  CALL_KINDS,
  COMMUNICATION_STATUSES,
  DEVICE_KINDS,
  EVIDENCE_KINDS,
  METER_STATUS_EVENT_TYPES,
  OUTAGE_STATUSES,
  PLANNED_WORK_STATUSES,
  POWER_STATUSES,
  PROVIDER_CONDITIONS,
  PROVIDERS,
  SEVERITIES,
  SOURCE_TYPES,
} from '@lastgasp/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPage, tableRows } from './markdown-blocks.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

interface Texts {
  readonly plain: Readonly<Record<string, string>>;
  readonly terms: Readonly<
    Record<'status' | 'device' | 'source' | 'cause', Readonly<Record<string, string>>>
  >;
}

const page = await readPage('docs/glossary.md');
const named = new Set([...page.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

test('every word of a fixed list is in the glossary', () => {
  const words = [
    ...SOURCE_TYPES,
    ...PROVIDERS,
    ...POWER_STATUSES,
    ...COMMUNICATION_STATUSES,
    ...METER_STATUS_EVENT_TYPES,
    ...OUTAGE_STATUSES,
    ...SEVERITIES,
    ...DEVICE_KINDS,
    ...EVIDENCE_KINDS,
    ...CALL_KINDS,
    ...PLANNED_WORK_STATUSES,
    ...PROVIDER_CONDITIONS,
  ];
  expect(words.filter((word) => !named.has(word))).toEqual([]);
});

test('the severities begin at the numbers that the database has', async () => {
  const { rows } = await database.pool.query(
    `select customers, oms_severity(customers) as severity from unnest(array[19, 20, 199, 200, 999, 1000]) as customers`,
  );
  expect(rows.map(({ customers, severity }) => `${customers} ${severity}`)).toEqual([
    '19 low',
    '20 medium',
    '199 medium',
    '200 high',
    '999 high',
    '1000 critical',
  ]);
  const [, words = ''] = tableRows(page, 'where').find(([where]) => where === 'outage (`severity`)') ?? [];
  expect(words.match(/[\d,]+(?= (?:customers )?or more)|(?<=from )\d+/g)).toEqual(['200', '1,000', '20']);
});

test('every table of the database has its CIM class', async () => {
  const { rows } = await database.pool.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' and tablename not like 'lastgasp%' order by 1`,
  );
  const tables = tableRows(page, 'table').flatMap(([names = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  expect(tables.toSorted()).toEqual(rows.map(({ tablename }) => tablename).toSorted());
});

test('each word of the screen has an English and an Arabic form', () => {
  const rows = tableRows(page, 'code');
  expect(rows.length).toBeGreaterThan(50);
  for (const [code, english = '', arabic = ''] of rows) {
    expect([code, english]).toEqual([code, expect.stringMatching(/^[A-Za-z -]+$/)]);
    expect([code, arabic]).toEqual([code, expect.stringMatching(/^[\u0600-\u06ff ()]+$/)]);
  }
  expect(new Set(rows.map(([code]) => code)).size).toBe(rows.length);
});

test('the screen uses the words of the glossary', async () => {
  const wordsOf = async (code: 'en' | 'ar') => {
    // A page for browsers, which is plain JavaScript without types.
    const address = new URL(`../../console/public/texts-${code}.js`, import.meta.url).href;
    const { [code.toUpperCase()]: texts } = (await import(address)) as Record<string, Texts>;
    const { plain, terms } = texts as Texts;
    return { ...plain, ...terms.status, ...terms.device, ...terms.source, ...terms.cause };
  };
  const [english, arabic] = [await wordsOf('en'), await wordsOf('ar')];
  const rows = tableRows(page, 'code').filter(([code = '']) => Object.hasOwn(english, code));
  expect(rows.length).toBeGreaterThan(35);
  const differing = rows.flatMap(([code = '', inEnglish = '', inArabic = '']) => {
    const forms = inArabic.split(/[()]/).map((form) => form.trim());
    const isSame = english[code] === inEnglish && forms.includes(arabic[code] ?? '');
    return isSame ? [] : [`${code}: ${english[code]}, ${arabic[code]}`];
  });
  expect(differing).toEqual([]);
  const words = [...OUTAGE_STATUSES, ...DEVICE_KINDS, ...SOURCE_TYPES];
  const listed = new Set(tableRows(page, 'code').map(([code]) => code));
  expect(words.filter((word) => !listed.has(word))).toEqual([]);
});
