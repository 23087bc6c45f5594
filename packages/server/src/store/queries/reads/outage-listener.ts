import { Client } from 'pg';

export interface OutageListenerOptions {
  /** Called after each notification, and after each (new) connection, since some may have been missed. */
  readonly onWake: () => void;
  readonly onError: (error: unknown) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
// A half-open connection is noticed within these two together (F9 of the fault list: at most 15 s).
const PING_EVERY_MS = 8_000;
const PING_TIMEOUT_MS = 4_000;

/**
 * Listens on `lastgasp_outages` on a connection of its own and connects again for as long as it is not closed.
 * A notification carries nothing: it only says that reading again is worth while.
 */
export class OutageListener {
  readonly #url: string;
  readonly #options: OutageListenerOptions;
  #client: Client | null = null;
  #closed = false;
  #waitMs = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | null = null;

  constructor(url: string, options: OutageListenerOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Makes the first connection; a failure is reported and tried again. */
  async start(): Promise<void> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'lastgasp stream',
      connectionTimeoutMillis: 5_000,
      query_timeout: PING_TIMEOUT_MS,
      keepAlive: true,
    });
    this.#client = client;
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, null));
    client.on('notification', () => this.#options.onWake());
    try {
      await client.connect();
      await client.query('listen lastgasp_outages');
    } catch (error) {
      this.#lose(client, error);
      return;
    }
    if (this.#client !== client) return;
    this.#waitMs = FIRST_WAIT_MS;
    this.#later(PING_EVERY_MS, () => this.#ping(client));
    this.#options.onWake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #ping(client: Client): void {
    client.query('select 1').then(
      () => {
        if (this.#client === client) this.#later(PING_EVERY_MS, () => this.#ping(client));
      },
      (error) => this.#lose(client, error),
    );
  }

  #lose(client: Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    if (error !== null) this.#options.onError(error);
    // A connection that hangs does not answer its own end either.
    client.end().catch(() => undefined);
    this.#later(this.#waitMs, () => void this.start());
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }

  #later(waitMs: number, act: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(act, waitMs);
  }
}
