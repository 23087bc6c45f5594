import type { OutageSummary } from '@lastgasp/model';
import type { OutageRevision } from '../store/queries/reads/list-outage-revisions.ts';
import type { RevisionRange } from '../store/queries/reads/read-revision.ts';
import { RevisionGaps } from './revision-gaps.ts';
import { StreamClient, type StreamSink } from './stream-client.ts';

// The live stream of outages (GET /api/stream).
//
// The truth is the database: the history of outages (oms_event_timeline) numbers every change, and that number
// is the revision and the SSE id. One reader for all clients reads what is new when it is woken, and every few
// seconds anyway, and sends the whole present state of each outage that changed, so that an event may be missed
// or come twice without harm.
//
// A client is first `joining`: changes that come meanwhile are held back while it is told what it missed (since
// Last-Event-ID), or `reset` where that can no longer be told; then `live`. It ends when it goes away, when its
// key is no longer good, when the server stops, or when it reads too slowly for its buffer.
//
// Ids are given before the commit, so a lower one can become visible after a higher one. Such a late change is
// sent without an id: ids seen by a client only rise, and what a client missed by a cut in that moment is
// covered by the overlap of resuming.

/** Where the stream reads from; the functions of store/queries/reads on the operators' pool. */
export interface OutageStreamSource {
  readonly readRange: () => Promise<RevisionRange>;
  readonly listRevisions: (
    after: number,
    missing: readonly number[],
    limit: number,
  ) => Promise<OutageRevision[]>;
  readonly listToResume: (after: number, limit: number) => Promise<OutageRevision[]>;
  readonly listOutages: (numbers: readonly number[]) => Promise<OutageSummary[]>;
}

export interface OutageStreamOptions {
  readonly onError: (error: unknown) => void;
  readonly heartbeatMs?: number;
  /** How often the history is looked at without being woken. */
  readonly pollMs?: number;
  readonly maxClients?: number;
  /** Most outages that are sent again to one client; beyond that loading afresh is cheaper: `reset`. */
  readonly maxResumed?: number;
}

const HEARTBEAT_MS = 15_000;
const POLL_MS = 2_000;
const MAX_CLIENTS = 200;
const MAX_RESUMED = 2_000;
const READ_AT_ONCE = 1_000;

/** Holds the clients of the live stream and keeps them in step with the database. */
export class OutageStream {
  readonly #source: OutageStreamSource;
  readonly #options: OutageStreamOptions;
  readonly #clients = new Set<StreamClient>();
  readonly #gaps = new RevisionGaps();
  #started = false;
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #timers: NodeJS.Timeout[] = [];

  constructor(source: OutageStreamSource, options: OutageStreamOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** How many clients are connected. */
  get size(): number {
    return this.#clients.size;
  }

  /** Whether another client may join. */
  get hasRoom(): boolean {
    return this.#clients.size < (this.#options.maxClients ?? MAX_CLIENTS);
  }

  start(): void {
    this.#timers = [
      setInterval(() => this.wake(), this.#options.pollMs ?? POLL_MS),
      setInterval(() => this.#beat(), this.#options.heartbeatMs ?? HEARTBEAT_MS),
    ];
    this.wake();
  }

  /** Reads what is new, now or right after the reading that is under way. */
  wake(): void {
    if (this.#reading !== null) {
      this.#readAgain = true;
      return;
    }
    this.#reading = this.#readNew()
      .catch(this.#options.onError)
      .finally(() => {
        this.#reading = null;
        if (!this.#readAgain) return;
        this.#readAgain = false;
        this.wake();
      });
  }

  /**
   * Adds a client and tells it what it missed. `after` is the revision it has seen, null for one that begins;
   * `canStay` is asked now and again whether its key is still good.
   */
  async join(sink: StreamSink, after: number | null, canStay: () => Promise<boolean>): Promise<void> {
    const client = new StreamClient(sink, canStay);
    this.#clients.add(client);
    sink.onClose(() => this.#clients.delete(client));
    await this.#begun();
    // Why it could not begin is told already.
    if (!this.#started) return client.end();
    try {
      const range = await this.#source.readRange();
      const isGone = after !== null && (after > range.newest || after < range.oldest - 1);
      const limit = this.#options.maxResumed ?? MAX_RESUMED;
      const missed = after === null || isGone ? [] : await this.#source.listToResume(after, limit + 1);
      if (isGone || missed.length > limit) {
        client.reset(range.newest, isGone ? 'history-gone' : 'too-much-missed');
      } else {
        const outages = await this.#loadInOrder(missed);
        client.begin(after ?? range.newest, outages, range.newest);
      }
    } catch (error) {
      this.#options.onError(error);
      client.end();
    }
  }

  /** Ends every client and stops reading. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    for (const client of this.#clients) client.end();
    this.#clients.clear();
    this.#readAgain = false;
    await this.#reading;
  }

  /** Where reading begins must be known before a client joins: what opens between the two would be told to nobody. */
  async #begun(): Promise<void> {
    if (this.#started) return;
    this.wake();
    await this.#reading;
  }

  async #readNew(): Promise<void> {
    if (!this.#started) {
      // What is there already is known to whoever joins later; only what was in flight may still appear.
      const { newest } = await this.#source.readRange();
      const recent = await this.#source.listRevisions(
        Math.max(0, newest - READ_AT_ONCE),
        [],
        READ_AT_ONCE * 2,
      );
      this.#gaps.begin(
        newest,
        recent.map((entry) => entry.revision),
      );
      this.#started = true;
      return;
    }
    for (;;) {
      const found = await this.#source.listRevisions(this.#gaps.newest, this.#gaps.missing, READ_AT_ONCE);
      if (found.length === 0) return;
      if (this.#clients.size > 0) {
        const newestOfOutage = new Map<number, OutageRevision>();
        for (const entry of found) newestOfOutage.set(entry.outageNumber, entry);
        const changes = await this.#loadInOrder([...newestOfOutage.values()]);
        for (const client of this.#clients) client.change(changes);
      }
      this.#gaps.see(found.map((entry) => entry.revision));
      if (found.length < READ_AT_ONCE) return;
    }
  }

  async #loadInOrder(entries: readonly OutageRevision[]): Promise<OutageChange[]> {
    const revisionOf = new Map(entries.map((entry) => [entry.outageNumber, entry.revision]));
    const outages = await this.#source.listOutages([...revisionOf.keys()]);
    return outages
      .map((outage) => toChange(outage, revisionOf.get(outage.number) ?? outage.revision))
      .sort((a, b) => a.revision - b.revision);
  }

  #beat(): void {
    for (const client of this.#clients) void client.beat(this.#gaps.newest);
  }
}

/** One event of the stream: its place in the history, and its data written once for all clients. */
export interface OutageChange {
  readonly revision: number;
  readonly data: string;
}

function toChange(outage: OutageSummary, revision: number): OutageChange {
  return { revision, data: JSON.stringify(outage) };
}
