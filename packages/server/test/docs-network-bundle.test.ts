import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BUNDLE_FILES,
  BUNDLE_FORMAT,
  type BundleFile,
  type FileFormat,
} from '../src/network/bundle-format.ts';
import { FINDING_CODES } from '../src/network/finding.ts';
import { formatQualityReport } from '../src/network/format-quality-report.ts';
import { withBundleFolder } from '../src/network/testing/bundle-folder.ts';
import { importNetwork } from '../src/operations/import-network.ts';
import { markdownBlocks, readPage, tableRows } from './markdown-blocks.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const page = await readPage('docs/network-bundle.md');
const blocks = markdownBlocks(page);
const texts = Object.fromEntries(
  blocks
    .filter(({ language }) => language.startsWith('csv '))
    .map(({ language, text }) => [language.slice('csv '.length), `${text}\n`]),
) as Record<BundleFile, string>;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

test('the bundle of docs/network-bundle.md is imported with the report of the page, and again changes nothing', async () => {
  expect(Object.keys(texts).toSorted()).toEqual([...BUNDLE_FILES].toSorted());
  await withBundleFolder(texts, async (folder) => {
    const first = await importNetwork(database, folder);
    const printed = blocks.find(({ language }) => language === 'text')?.text;
    expect(formatQualityReport(first.quality).join('\n')).toBe(printed);
    expect(first.changes.meters).toEqual({ added: 4, changed: 0, unchanged: 0 });

    const second = await importNetwork(database, folder);
    expect(second.quality).toEqual(first.quality);
    for (const changes of Object.values(second.changes))
      expect(changes).toMatchObject({ added: 0, changed: 0 });
  });
  const { rows } = await database.pool.query(
    'select meter_number, link_source, feeder_code from oms_meters_with_topology order by meter_number',
  );
  expect(rows).toEqual([
    { meter_number: 'M1', link_source: 'explicit', feeder_code: 'F1' },
    { meter_number: 'M2', link_source: 'building', feeder_code: 'F1' },
    { meter_number: 'M3', link_source: 'explicit', feeder_code: 'F1' },
    { meter_number: 'M4', link_source: 'proximity', feeder_code: 'F1' },
  ]);
});

describe('the tables of the page', () => {
  test('name every file and column of the format, and which are required', () => {
    let file = '';
    const named = new Map<string, string>();
    for (const [fileCell = '', columns = '', required = ''] of tableRows(page, 'file')) {
      file = /`([^`]+)`/.exec(fileCell)?.[1] ?? file;
      for (const [, column] of columns.matchAll(/`([^`]+)`/g)) named.set(`${file} ${column}`, required);
    }
    const expected = BUNDLE_FILES.flatMap((name) => {
      const { keyColumns, otherColumns }: FileFormat = BUNDLE_FORMAT[name];
      return [
        ...keyColumns.map((column) => [`${name} ${column}`, 'yes']),
        ...otherColumns.map((column) => [`${name} ${column}`, 'no']),
      ];
    });
    expect([...named].toSorted()).toEqual(expected.toSorted());
  });

  test('name every finding', () => {
    const named = tableRows(page, 'finding').map(([code = '']) => code.replaceAll('`', ''));
    expect(named).toEqual([...FINDING_CODES]);
  });
});
