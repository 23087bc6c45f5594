import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { type CopyFromStream, from } from 'pg-copy-streams';

/** A value as COPY takes it; null is SQL null. */
export type CopyValue = string | number | boolean | null;

/** Rows are sent in texts of about this size: larger ones gain nothing. */
const PIECE_LENGTH = 65_536;

/** The pool's limit on a statement must not cut off a COPY that waits for its reader. */
const NO_QUERY_TIMEOUT = { query_timeout: 2_147_483_647 };

/**
 * Sends rows to a table by COPY, as they come. The connection does nothing else until `end`. A failure of
 * the statement is thrown by the next `write` or by `end`.
 */
export class RowCopy {
  readonly #stream: CopyFromStream;
  readonly #done: Promise<void>;
  #text = '';

  /** `target` is a table with its columns in brackets, as SQL has it; never anything from outside. */
  constructor(client: PoolClient, target: string) {
    this.#stream = client.query(Object.assign(from(`copy ${target} from stdin`), NO_QUERY_TIMEOUT));
    this.#done = finished(this.#stream);
    // Whoever writes or ends is told; until then the failure must not count as unhandled.
    this.#done.catch(() => undefined);
  }

  /** Takes rows; waits where the server is slower. */
  async write(rows: Iterable<readonly CopyValue[]>): Promise<void> {
    for (const row of rows) {
      this.#text += toLine(row);
      if (this.#text.length >= PIECE_LENGTH) await this.#flush();
    }
  }

  /** Sends what is left and waits until the server has taken everything. */
  async end(): Promise<void> {
    if (this.#text !== '') await this.#flush();
    this.#stream.end();
    await this.#done;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (this.#stream.destroyed) await this.#done;
    if (!this.#stream.write(text)) await Promise.race([once(this.#stream, 'drain'), this.#done]);
  }
}

function toLine(row: readonly CopyValue[]): string {
  let line = '';
  for (let index = 0; index < row.length; index += 1) {
    if (index > 0) line += '\t';
    line += toField(row[index] ?? null);
  }
  return `${line}\n`;
}

function toField(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value === 'string')
    return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, escaped) : value;
  return String(value);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(character: string): string {
  return ESCAPES[character] ?? character;
}
