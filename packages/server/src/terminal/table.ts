import Table from 'cli-table3';

/** One column of a printed table. */
export interface TableColumn<Row> {
  /** The head of the column. */
  readonly title: string;
  /** What the column shows of a row; `null` and `undefined` print as nothing. */
  readonly value: (row: Row) => unknown;
  /** Where the cell stands on a terminal; numbers go right. */
  readonly align?: 'left' | 'right';
}

export type TableStyle = 'drawn' | 'tab-separated';

/**
 * The rows as text that ends in a newline: drawn for people, or tab-separated with a head line for programs
 * (a tab, newline or backslash inside a value is written `\t`, `\n`, `\\`, as `COPY` of PostgreSQL does).
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  style: TableStyle,
): string {
  if (style === 'tab-separated') {
    const head = columns.map((column) => escapeField(column.title)).join('\t');
    const lines = rows.map((row) =>
      columns.map((column) => escapeField(cellText(column.value(row)))).join('\t'),
    );
    return `${[head, ...lines].join('\n')}\n`;
  }
  const table = new Table({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => printable(cellText(column.value(row)))));
  return `${table.toString()}\n`;
}

/** A value as one cell: instants as ISO 8601 in UTC, objects as JSON, nothing for null. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeField(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

/** Control characters could move a terminal's cursor or colour: a provider's text must not. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\u{fffd}');
}
