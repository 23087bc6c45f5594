import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BadRow, type CsvRow, parseCsv } from './parse-csv.ts';

async function parse(...pieces: string[]): Promise<{ rows: CsvRow[]; badRows: BadRow[] }> {
  const rows: CsvRow[] = [];
  const badRows: BadRow[] = [];
  for await (const batch of parseCsv(pieces)) {
    rows.push(...batch.rows);
    badRows.push(...batch.badRows);
  }
  return { rows, badRows };
}

const values = async (text: string): Promise<(readonly string[])[]> =>
  (await parse(text)).rows.map((row) => row.values);

describe('parseCsv', () => {
  test('a file of any line ends, quotes and line breaks inside quotes gives its rows', async () => {
    expect(await values('a,b\r\n1,"x\r\ny"\n"say ""hi""",\n')).toEqual([
      ['a', 'b'],
      ['1', 'x\r\ny'],
      ['say "hi"', ''],
    ]);
  });

  test('each row knows the line on which it begins, after quoted line breaks and blank lines too', async () => {
    const { rows } = await parse('a,b\n\n1,"x\ny\r\nz"\n2,3\n\n4,5');
    expect(rows.map((row) => row.line)).toEqual([1, 3, 6, 8]);
  });

  test('a stray quote costs its own line and no other, and inside a field it is a character', async () => {
    const { rows, badRows } = await parse('a,b\n1,5" pipe\n2,"x"y\n3,"open\n4,ok\n5,"fine"\n');
    expect(rows.map((row) => row.values)).toEqual([
      ['a', 'b'],
      ['1', '5" pipe'],
      ['4', 'ok'],
      ['5', 'fine'],
    ]);
    expect(badRows.map((row) => row.line)).toEqual([3, 4]);
  });

  test('a quote that is never closed costs its line, and the rows below it are read', async () => {
    const { rows, badRows } = await parse('a,b\n1,"open\n2,3\n4,5');
    expect(rows.map((row) => row.values[0])).toEqual(['a', '2', '4']);
    expect(badRows).toEqual([{ line: 2, reason: 'opens a quote that is never closed' }]);
  });

  test('blank lines and lines of commas, as spreadsheets leave them, are no rows', async () => {
    expect(await values('a,b\n\n,\n  \n1,2\n,,\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  test('a NUL is refused, because no text of the registry can hold it', async () => {
    const { rows, badRows } = await parse('a,b\n1,x\0y\n2,3\n');
    expect(rows).toHaveLength(2);
    expect(badRows).toEqual([{ line: 2, reason: 'holds a NUL character' }]);
  });

  test('a line without end is refused instead of held in memory', async () => {
    const { rows, badRows } = await parse('a,b\n', 'x'.repeat(700_000), 'x'.repeat(700_000), '\n1,2\n');
    expect(rows.map((row) => row.values[0])).toContain('1');
    expect(badRows.length).toBeGreaterThan(0);
  });

  test('whatever the rows hold and wherever the pieces are cut, they come back as written', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('', '"', ',', '\n', '\r\n', 'سحاب', 'a"b', ' '),
    );
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
      );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.array(fc.nat(400), { maxLength: 6 }),
        fc.boolean(),
        async (rows, cuts, isCrlf) => {
          fc.pre(rows.every((row) => row.every((value) => !value.includes('\0') && value.isWellFormed())));
          const text = stringify(rows, {
            record_delimiter: isCrlf ? 'windows' : 'unix',
            quoted_match: /[\r\n]/,
          });
          const positions = [
            0,
            ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
            text.length,
          ];
          const pieces = positions.slice(1).map((end, index) => text.slice(positions[index], end));
          const expected = rows.filter((row) => row.some((value) => value.trim() !== ''));
          const parsed = await parse(...pieces);
          expect(parsed.badRows).toEqual([]);
          expect(parsed.rows.map((row) => row.values)).toEqual(expected);
        },
      ),
    );
  });
});
