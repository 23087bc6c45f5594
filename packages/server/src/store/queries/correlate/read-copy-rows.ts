import type { PoolClient, Submittable } from 'pg';

// The binary COPY format: a head of 11 bytes signature, 4 of flags, 4 of extension length; then for each row a
// count of fields, and each field with its length, -1 for null; a count of -1 ends it.
const HEAD_BYTES = 11 + 4 + 4;
const END = -1;
const NULL = -1;

// Messages of the PostgreSQL protocol: a letter, a length that counts itself, the content.
const MESSAGE_HEAD_BYTES = 1 + 4;
const COPY_DATA = 'd'.charCodeAt(0);
/** What may come between the rows and is nobody's: the answer to COPY, and news of the session. */
const PASSED_OVER = new Set(['H', 'S', 'N', 'A'].map((letter) => letter.charCodeAt(0)));

/** One row of a binary COPY, as long as the call that is handed it; fields are counted from 0. */
export class CopyRow {
  #buffer: Buffer = Buffer.alloc(0);
  readonly #at: Int32Array;
  readonly #length: Int32Array;

  constructor(fields: number) {
    this.#at = new Int32Array(fields);
    this.#length = new Int32Array(fields);
  }

  isNull(field: number): boolean {
    return this.#length[field] === NULL;
  }

  /** An `int4`. */
  int(field: number): number {
    return this.#buffer.readInt32BE(this.#at[field] as number);
  }

  /** An `int8` that a JavaScript number holds exactly, as keys are; 0 for null. */
  key(field: number): number {
    if (this.isNull(field)) return 0;
    const at = this.#at[field] as number;
    return this.#buffer.readInt32BE(at) * 0x1_0000_0000 + this.#buffer.readUInt32BE(at + 4);
  }

  /** 53 of the 64 bits of an `int8`: enough to tell hashes apart. */
  hash(field: number): number {
    const at = this.#at[field] as number;
    return this.#buffer.readUInt32BE(at) * 0x20_0000 + (this.#buffer.readUInt32BE(at + 4) >>> 11);
  }

  text(field: number): string {
    const at = this.#at[field] as number;
    return this.#buffer.toString('utf8', at, at + (this.#length[field] as number));
  }

  /** Reads the row that begins at `from`; where it ends, -1 at the end of all rows. */
  read(buffer: Buffer, from: number): number {
    const fields = buffer.readInt16BE(from);
    if (fields === END) return END;
    if (fields !== this.#at.length) throw new Error(`COPY gave ${fields} columns, not ${this.#at.length}`);
    this.#buffer = buffer;
    let at = from + 2;
    for (let field = 0; field < fields; field++) {
      const length = buffer.readInt32BE(at);
      this.#at[field] = at + 4;
      this.#length[field] = length;
      at += 4 + (length > 0 ? length : 0);
    }
    return at;
  }
}

/** The parts of the driver's connection that a query of one's own takes part in. */
interface DriverConnection {
  readonly stream: NodeJS.ReadableStream & { destroy: (error: Error) => void };
  readonly query: (text: string) => void;
}

/**
 * Hands the rows of a query to `take`, one after the other, in binary form. Rows are read where the socket left them: of two million
 * a stream of pieces costs more than all that is done with them.
 */
export function readCopyRows(
  client: PoolClient,
  query: string,
  columnCount: number,
  take: (row: CopyRow) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    client.query(
      new CopyQuery(`copy (${query}) to stdout (format binary)`, new CopyRow(columnCount), take, (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  });
}

/** A query as the driver runs it, which reads the socket itself while rows come. */
class CopyQuery implements Submittable {
  /** Called by the driver's query timeout, and to end it. */
  callback: (() => void) | undefined;
  readonly #text: string;
  readonly #row: CopyRow;
  readonly #take: (row: CopyRow) => void;
  readonly #done: (error: Error | null) => void;
  #connection: DriverConnection | null = null;
  #driversReader: ((data: Buffer) => void) | null = null;
  #pending: Buffer | null = null;
  #isHeadRead = false;
  #isEndRead = false;
  #failure: Error | null = null;

  constructor(text: string, row: CopyRow, take: (row: CopyRow) => void, done: (error: Error | null) => void) {
    this.#text = text;
    this.#row = row;
    this.#take = take;
    this.#done = done;
  }

  submit(connection: unknown): void {
    const own = connection as DriverConnection;
    const [reader, ...others] = own.stream.listeners('data');
    if (reader === undefined || others.length > 0) throw new Error('the connection is read by others');
    this.#connection = own;
    this.#driversReader = reader as (data: Buffer) => void;
    own.stream.removeListener('data', this.#driversReader);
    own.stream.on('data', this.#read);
    own.query(this.#text);
  }

  handleError(error: Error): void {
    this.#giveBack(null);
    this.#end(error);
  }

  handleCommandComplete(): void {
    if (!this.#isEndRead) this.#failure ??= new Error('COPY ended before its last row');
  }

  handleReadyForQuery(): void {
    this.#end(this.#failure);
  }

  readonly #read = (chunk: Buffer): void => {
    const buffer = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = null;
    let at = 0;
    while (buffer.length - at >= MESSAGE_HEAD_BYTES) {
      const end = at + 1 + buffer.readInt32BE(at + 1);
      if (end > buffer.length) break;
      const kind = buffer[at] as number;
      if (kind === COPY_DATA) this.#readRows(buffer, at + MESSAGE_HEAD_BYTES, end);
      else if (!PASSED_OVER.has(kind)) {
        // The end of the rows, or an error: the driver knows what to do.
        this.#giveBack(buffer.subarray(at));
        return;
      }
      at = end;
    }
    if (at < buffer.length) this.#pending = buffer.subarray(at);
  };

  #readRows(buffer: Buffer, from: number, end: number): void {
    if (this.#failure !== null) return;
    try {
      let at = from;
      if (!this.#isHeadRead) {
        at += HEAD_BYTES + buffer.readInt32BE(from + HEAD_BYTES - 4);
        this.#isHeadRead = true;
      }
      while (at < end) {
        at = this.#row.read(buffer, at);
        if (at === END) {
          this.#isEndRead = true;
          return;
        }
        this.#take(this.#row);
      }
    } catch (error) {
      // What is left is read and dropped, so that the connection stays good.
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #giveBack(unread: Buffer | null): void {
    const [connection, reader] = [this.#connection, this.#driversReader];
    this.#driversReader = null;
    if (connection === null || reader === null) return;
    connection.stream.removeListener('data', this.#read);
    connection.stream.on('data', reader);
    if (unread !== null) reader(unread);
  }

  #end(error: Error | null): void {
    this.callback?.();
    this.#done(error);
  }
}
