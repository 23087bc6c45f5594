import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

const FLUSH_EVERY_MS = 20;

/** The driver's own memory of what was acknowledged, on disk before it counts. */
export class AckLog {
  readonly #path: string;
  readonly #file: number;
  #waiting: string[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a');
    this.#timer = setInterval(() => this.#flush(), FLUSH_EVERY_MS);
  }

  /** Notes events, or the hash of a message that was set aside. */
  note(keys: readonly string[]): void {
    this.#waiting.push(...keys);
  }

  /** All that was noted, read back from the disk. */
  read(): ReadonlySet<string> {
    this.#flush();
    return new Set(
      readFileSync(this.#path, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    );
  }

  close(): void {
    clearInterval(this.#timer);
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    if (this.#waiting.length === 0) return;
    writeSync(this.#file, `${this.#waiting.splice(0).join('\n')}\n`);
    fsyncSync(this.#file);
  }
}
