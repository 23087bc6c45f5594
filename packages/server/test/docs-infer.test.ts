import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PosteriorAnswer, SnapshotDevice, SnapshotMeter } from '@lastgasp/model';
import { describe, expect, test } from 'vitest';
import { markdownBlocks, readPage, tableRows } from './markdown-blocks.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');
const page = await readPage('docs/infer.md');
const block = (language: string) => {
  const found = markdownBlocks(page).find((candidate) => candidate.language === language);
  if (found === undefined) throw new Error(`docs/infer.md has no block ${language}`);
  return found.text;
};

interface Run {
  readonly exitCode: number;
  readonly results: string;
  readonly notes: string;
}

/** The real command, with `snapshot` on its standard input; no database is configured. */
function infer(args: readonly string[], snapshot = ''): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [LAUNCHER, 'infer', ...args],
      { cwd: '/', env: { PATH: process.env.PATH } },
      (error, results, notes) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ exitCode: Number(error?.code ?? 0), results, notes });
      },
    );
    child.stdin?.end(snapshot);
  });
}

/** Every number of a value within 1e-9, as functions of the mathematics library may differ in their last digit. */
function nearly(value: unknown): unknown {
  if (typeof value === 'number') return expect.closeTo(value, 9);
  if (Array.isArray(value)) return value.map(nearly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, nearly(held)]));
}

describe('lastgasp infer', () => {
  test('answers the snapshot of docs/infer.md as the page says', async () => {
    const run = await infer(['-'], block('json snapshot'));
    expect(run).toMatchObject({ exitCode: 0, notes: '' });
    expect(JSON.parse(run.results)).toEqual(nearly(JSON.parse(block('json answer'))));
  });

  test('ends with 1 and the field, on standard error alone, for a snapshot that is none', async () => {
    expect(await infer(['-'], block('json snapshot').replace('"prior": 0.001', '"prior": 1.5'))).toEqual({
      exitCode: 1,
      results: '',
      notes:
        'error: the snapshot cannot be read as a snapshot:\n  devices[1].prior: must be at most 1, got the number 1.5\n',
    });
  });

  test('ends with 1 and the place where the evidence contradicts itself', async () => {
    const contradiction = block('json snapshot')
      .replace('"energized": -9.21', '"energized": "-Infinity"')
      .replace('-1.61', '"-Infinity"');
    const run = await infer(['-'], contradiction);
    // M1 may have lost its own service; with that ruled out nothing is left.
    expect(run.exitCode).toBe(0);
    const ruledOut = contradiction.replaceAll('"prior": 0.00001', '"prior": 0');
    expect(await infer(['-'], ruledOut)).toEqual({
      exitCode: 1,
      results: '',
      notes:
        'error: the evidence in the snapshot contradicts itself:\n  devices[2]: no combination of open and closed explains what was observed at "T1" and below it\n',
    });
  });

  test('ends with 1 for a file that is not there, and with 2 without one', async () => {
    const missing = await infer(['/nowhere/snapshot.json']);
    expect(missing).toMatchObject({ exitCode: 1, results: '' });
    expect(missing.notes).toContain('cannot read /nowhere/snapshot.json: ENOENT');
    expect(missing.notes).not.toContain('    at ');
    expect((await infer([])).exitCode).toBe(2);
  });
});

describe('the tables of docs/infer.md', () => {
  const fieldsOf = (head: string) =>
    tableRows(page, head).map(([name = '', required = '']) => [name.replaceAll('`', ''), required]);

  test.for([
    ['field of a device', SnapshotDevice],
    ['field of a meter', SnapshotMeter],
  ] as const)('name each %s and whether it is required', ([head, schema]) => {
    const required: readonly string[] = schema.required;
    expect(fieldsOf(head)).toEqual(
      Object.keys(schema.properties).map((name) => [name, required.includes(name) ? 'yes' : 'no']),
    );
  });

  test('name each field of the answer', () => {
    expect(fieldsOf('field of the answer').map(([name]) => name)).toEqual(
      Object.keys(PosteriorAnswer.properties),
    );
  });
});
