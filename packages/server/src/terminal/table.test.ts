import { describe, expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { formatTable } from './table.ts';

const COLUMNS = [
  { title: 'feeder', value: (row: Row) => row.feeder },
  { title: 'meters', value: (row: Row) => row.meters, align: 'right' as const },
];
type Row = { readonly feeder: string; readonly meters: number | null };

describe('a printed table', () => {
  test('is tab-separated with a head line when piped, and nothing stands for null', () => {
    expect(
      formatTable(
        [
          { feeder: 'F-1', meters: 12 },
          { feeder: 'F-2', meters: null },
        ],
        COLUMNS,
        'tab-separated',
      ),
    ).toBe('feeder\tmeters\nF-1\t12\nF-2\t\n');
  });

  test('stays one line a row when a provider put tabs and newlines into a name', () => {
    expect(formatTable([{ feeder: 'a\tb\nc\\', meters: 1 }], COLUMNS, 'tab-separated')).toBe(
      'feeder\tmeters\na\\tb\\nc\\\\\t1\n',
    );
  });

  test('cannot be made to move the cursor of a terminal', () => {
    expect(formatTable([{ feeder: '\u001b[2Jgone', meters: 1 }], COLUMNS, 'drawn')).not.toContain(
      '\u001b[2J',
    );
  });

  test('is no wider than the terminal where its texts can be broken', () => {
    const told = { feeder: 'scada 2, kaifa 246, onu 68, call_center 4 and many more', meters: 1_234_567 };
    const lines = formatTable([told], COLUMNS, 'drawn', 40).trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([40]));
    expect(lines.join('')).toContain('1234567');
  });

  test('shows instants in UTC and objects as JSON', () => {
    const columns = [
      { title: 'at', value: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)) },
      { title: 'sources', value: () => ({ onu: 2 }) },
    ];
    expect(formatTable([{}], columns, 'tab-separated')).toBe(
      'at\tsources\n2026-01-02T03:04:05.000Z\t{"onu":2}\n',
    );
  });
});

describe('the output of a command', () => {
  test('is a JSON array of whole rows with --json, on a terminal too', () => {
    const { output, results } = recordedOutput({ isTTY: true });
    output.rows([{ feeder: 'F-1', meters: 12 }], { json: true, columns: [] });
    expect(JSON.parse(results())).toEqual([{ feeder: 'F-1', meters: 12 }]);
  });

  test('is an empty JSON array, not nothing, where there is no row', () => {
    const { output, results } = recordedOutput({ isTTY: false });
    output.rows([], { json: true, columns: COLUMNS, whenEmpty: 'No feeders.' });
    expect(results()).toBe('[]\n');
  });

  test('says on a terminal that there is no row, and keeps the head line in a pipe', () => {
    const terminal = recordedOutput({ isTTY: true });
    terminal.output.rows([], { columns: COLUMNS, whenEmpty: 'No feeders.' });
    expect([terminal.results(), terminal.notes()]).toEqual(['', 'No feeders.\n']);

    const pipe = recordedOutput({ isTTY: false });
    pipe.output.rows([], { columns: COLUMNS, whenEmpty: 'No feeders.' });
    expect([pipe.results(), pipe.notes()]).toEqual(['feeder\tmeters\n', '']);
  });

  test('keeps progress out of the results', () => {
    const { output, results, notes } = recordedOutput({ isTTY: false });
    output.progress('half way');
    expect([results(), notes()]).toEqual(['', 'half way\n']);
  });
});

function recordedOutput({ isTTY }: { readonly isTTY: boolean }) {
  const results: string[] = [];
  const notes: string[] = [];
  const output = createOutput(
    { write: (text) => results.push(text), isTTY },
    { write: (text) => notes.push(text), isTTY },
  );
  return { output, results: () => results.join(''), notes: () => notes.join('') };
}
