import type { Logger } from 'pino';
import { describeTrouble } from './describe-trouble.ts';

/** Says again that it lasts. */
const REMIND_EVERY_MS = 60_000;

/** Tells of a failure that comes again and again once, then each minute, and when it is over. */
export class Trouble {
  readonly #log: Logger;
  readonly #what: string;
  #toldAt: number | null = null;

  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  get lasts(): boolean {
    return this.#toldAt !== null;
  }

  note(error: unknown): void {
    const now = performance.now();
    if (this.#toldAt !== null && now - this.#toldAt < REMIND_EVERY_MS) return;
    this.#toldAt = now;
    this.#log.warn(
      { reason: describeTrouble(error), err: error },
      `${this.#what} does not answer as it should; it is tried again`,
    );
  }

  end(): void {
    if (this.#toldAt === null) return;
    this.#toldAt = null;
    this.#log.info(`${this.#what} answers again`);
  }
}
