import { printable } from './printable.ts';
import { formatTable, type TableColumn } from './table.ts';

/** The two streams of a command: results on one, progress on the other. */
export interface Output {
  /** Whether results go to a terminal (then tables are drawn) or into a pipe or file (then tab-separated). */
  readonly isTerminal: boolean;
  /** One line of result; on a terminal without control characters. */
  readonly line: (text: string) => void;
  /** Result text exactly as given, no newline added. */
  readonly write: (text: string) => void;
  /** A result as one JSON document of two-space indent and a newline. */
  readonly json: (value: unknown) => void;
  /** Rows as a table on a terminal, tab-separated with a head line when piped, a JSON array with `json`. */
  readonly rows: <Row extends object>(rows: readonly Row[], options: RowsOptions<Row>) => void;
  /** One line of progress or warning on standard error; on a terminal without control characters. */
  readonly progress: (text: string) => void;
}

export interface RowsOptions<Row> {
  /** The value of the command's `--json`: prints the rows whole, columns or not. */
  readonly json?: boolean | undefined;
  /** What is shown, in order. */
  readonly columns: readonly TableColumn<Row>[];
  /** Said on standard error where there is no row and a terminal looks on. */
  readonly whenEmpty?: string;
}

/** The part of a writable stream that printing needs. */
export interface TextSink {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** An `Output` over two streams: `process.stdout` and `process.stderr`, or a test's own. */
export function createOutput(results: TextSink, notes: TextSink): Output {
  const isTerminal = results.isTTY === true;
  const json = (value: unknown) => results.write(`${JSON.stringify(value, null, 2)}\n`);
  return {
    isTerminal,
    line: (text) => results.write(`${shown(results, text)}\n`),
    write: (text) => results.write(text),
    json,
    rows: (rows, options) => {
      if (options.json === true) {
        json(rows);
        return;
      }
      if (rows.length === 0 && isTerminal && options.whenEmpty !== undefined) {
        notes.write(`${options.whenEmpty}\n`);
        return;
      }
      results.write(
        formatTable(rows, options.columns, isTerminal ? 'drawn' : 'tab-separated', results.columns),
      );
    },
    progress: (text) => notes.write(`${shown(notes, text)}\n`),
  };
}

const shown = (sink: TextSink, text: string) => (sink.isTTY === true ? printable(text) : text);
