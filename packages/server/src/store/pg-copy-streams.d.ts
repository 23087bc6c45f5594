declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  export interface CopyFromStream extends Writable, Submittable {
    /** Rows that were taken, known once the statement has ended. */
    readonly rowCount: number;
  }

  /** Takes what `copy … from stdin` reads. */
  export function from(text: string): CopyFromStream;

  export interface CopyToStream extends Readable, Submittable {}

  /** Rows of `copy … to stdout`, in chunks that need not end where a row ends. */
  export function to(text: string): CopyToStream;
}
