import Table from 'cli-table3';
import { breakText, fitColumns } from './fit-columns.ts';
import { placesOf } from './place-text.ts';
import { printable } from './printable.ts';

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
 * (a tab, newline or backslash inside a value is written `\t`, `\n`, `\\`, as `COPY` of PostgreSQL does). A drawn table is at
 * most `width` characters wide where its texts can be broken so.
 */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  style: TableStyle,
  width = Number.POSITIVE_INFINITY,
): string {
  if (style === 'tab-separated') {
    const head = columns.map((column) => escapeField(column.title)).join('\t');
    const lines = rows.map((row) =>
      columns.map((column) => escapeField(cellText(column.value(row)))).join('\t'),
    );
    return `${[head, ...lines].join('\n')}\n`;
  }
  const head = columns.map((column) => column.title);
  const cells = rows.map((row) => columns.map((column) => printable(cellText(column.value(row)))));
  const needOf = (column: TableColumn<Row>, index: number, separator: string) =>
    cells.reduce(
      (most, line) => Math.max(most, widestPart(line[index] ?? '', separator)),
      widestPart(column.title, separator),
    );
  const widths = fitColumns(
    columns.map((column, index) => ({
      width: needOf(column, index, '\n'),
      longestWord: column.align === 'right' ? null : needOf(column, index, ' '),
    })),
    width,
  );
  const fitted = (line: readonly string[]) =>
    line.map((cell, index) => breakText(cell, Math.max(1, widths[index] ?? 1)));
  const table = new Table({
    head: fitted(head),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [], compact: true },
  });
  for (const line of cells) table.push(fitted(line));
  return `${table.toString()}\n`;
}

function widestPart(text: string, separator: string): number {
  return text.split(separator).reduce((most, part) => Math.max(most, placesOf(part)), 0);
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
