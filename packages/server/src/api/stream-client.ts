import type { OutageChange } from './outage-stream.ts';

/** The open answer that a client reads from. */
export interface StreamSink {
  readonly write: (text: string) => void;
  /** Bytes written that the client has not taken yet. */
  readonly bufferedBytes: () => number;
  /** Ends the answer; `abruptly` where the client does not read what is buffered. */
  readonly end: (abruptly: boolean) => void;
  readonly onClose: (act: () => void) => void;
}

// One client that never reads must not cost more memory than this (F21 of the fault list).
const MOST_BUFFERED_BYTES = 1024 * 1024;

/** One client of the live stream: `joining` until it was told what it missed, then `live`. */
export class StreamClient {
  readonly #sink: StreamSink;
  readonly #canStay: () => Promise<boolean>;
  #held: OutageChange[] | null = [];
  #lastId = 0;
  #ended = false;

  constructor(sink: StreamSink, canStay: () => Promise<boolean>) {
    this.#sink = sink;
    this.#canStay = canStay;
  }

  /** Tells what was missed since `after`, then goes live at `revision`. */
  begin(after: number, missed: readonly OutageChange[], revision: number): void {
    this.#lastId = after;
    for (const change of missed) this.#sendChange(change);
    this.#lastId = Math.max(this.#lastId, revision);
    this.#send('ready', { revision: this.#lastId }, this.#lastId);
    // A change that was read both ways is the same one: its revision is in both.
    this.#goLive(new Set(missed.map((change) => change.revision)));
  }

  /** Says that what was missed cannot be told: the client loads the list afresh and goes on from `revision`. */
  reset(revision: number, reason: 'history-gone' | 'too-much-missed'): void {
    this.#lastId = revision;
    this.#send('reset', { revision, reason }, revision);
    this.#goLive();
  }

  /** Sends changes, or holds them back while joining. */
  change(changes: readonly OutageChange[]): void {
    if (this.#held !== null) {
      this.#held.push(...changes);
      return;
    }
    for (const change of changes) this.#sendChange(change);
  }

  /** Shows that the line is alive, and lets go of a client whose key ended. */
  async beat(revision: number): Promise<void> {
    const mayStay = await this.#canStay().catch(() => true);
    if (!mayStay) this.end();
    else this.#send('heartbeat', { revision, at: new Date().toISOString() });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.end(false);
  }

  #goLive(told: ReadonlySet<number> = new Set()): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const change of held) if (!told.has(change.revision)) this.#sendChange(change);
  }

  #sendChange(change: OutageChange): void {
    const isNewest = change.revision > this.#lastId;
    if (isNewest) this.#lastId = change.revision;
    this.#write(`${isNewest ? `id: ${change.revision}\n` : ''}event: outage\ndata: ${change.data}\n\n`);
  }

  #send(event: 'ready' | 'reset' | 'heartbeat', data: object, id?: number): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #write(text: string): void {
    if (this.#ended) return;
    if (this.#sink.bufferedBytes() + text.length > MOST_BUFFERED_BYTES) {
      this.#ended = true;
      this.#sink.end(true);
      return;
    }
    this.#sink.write(text);
  }
}
