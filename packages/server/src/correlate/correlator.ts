import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultPolicy, type OutageDiff, type Policy } from '@lastgasp/engine';
import type { Notification, PoolClient } from 'pg';
import type { Database } from '../store/connect.ts';
import {
  type Lease,
  releaseCorrelatorLease,
  renewCorrelatorLease,
  requireCorrelatorLease,
  takeCorrelatorLease,
} from '../store/queries/correlate/correlator-lease.ts';
import { readJudgedUntil } from '../store/queries/correlate/evidence-position.ts';
import { isEvidencePending, readNow, readSnapshot } from '../store/queries/correlate/is-evidence-pending.ts';
import { asksUntilNow, askUntilNow, prepareSession } from '../store/queries/correlate/prepare-session.ts';
import { type EvidenceLag, readEvidenceLag } from '../store/queries/correlate/read-evidence-lag.ts';
import { correlateChunk } from './correlate-chunk.ts';
import { Correlation } from './correlation.ts';
import { CorrelationClock } from './correlation-clock.ts';
import { tellNetwork } from './tell-network.ts';

// The correlator's life, on one connection that it holds while it runs:
//
// - waiting: another process has the lease. Tried again at each poll, so that a standby takes over within a second of the leader's
//   connection ending, and when the lease is over where the leader is frozen.
// - leading: has the lease, renews it, and makes sure of it in each transaction: a leader that was frozen and wakes finds another epoch
//   there, and writes nothing. Woken by a notification, and by the poll, which is what can be relied on. Between two looks it rests,
//   so that in a storm it takes more at a time; the first news after a pause is looked at at once.
// - reconnecting: the connection broke, the lease was lost, or a step failed. Everything held in memory is dropped, and read again.
//
// A step that fails is tried again with growing pauses, for ever: evidence is never skipped.

/** Where the correlator tells what it does; a pino logger is one. */
export interface CorrelatorLog {
  readonly info: (figures: object, message: string) => void;
  readonly warn: (figures: object, message: string) => void;
}

export interface CorrelatorOptions {
  readonly log: CorrelatorLog;
  readonly policy?: Policy | undefined;
  /** How often the log is looked at without being woken; a second unless told. */
  readonly pollMs?: number;
  /** Most evidence rows in one transaction; 20,000 unless told: larger ones gain nothing and hold their locks longer. */
  readonly chunkRows?: number;
  /** How long the lease is good without being renewed: 10 s unless told. */
  readonly leaseMs?: number;
}

const POLL_MS = 1_000;
const CHUNK_ROWS = 20_000;
const LEASE_MS = 10_000;

/**
 * Looks begin at least so far apart while evidence keeps coming: each costs some queries and judges anew every zone that had news, be
 * it one report or a hundred.
 */
const LOOK_EVERY_MS = 100;

/** After a look that took long the next one waits half as long as it took, so that it finds more; but not longer than this. */
const LONGEST_REST_MS = 500;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** Failures in a row after which those who wait for the correlator are told. */
const FAILURES_TO_TELL = 6;

/** Turns evidence into stored outages, alone of all processes on this database. Needs two connections of the pool. */
export class Correlator {
  readonly #pool: Database['pool'];
  readonly #log: CorrelatorLog;
  readonly #pollMs: number;
  readonly #chunkRows: number;
  readonly #correlation: Correlation;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  readonly #leaseMs: number;
  readonly #holder = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  #lease: Lease | null = null;
  #renewAtMs = 0;
  #failures = 0;
  #lastFailure: unknown = null;
  #isWoken = false;
  #wake: () => void = () => undefined;
  #afterRound: (() => void)[] = [];
  /** Aborted when somebody begins to wait for a round. */
  #awaited = new AbortController();
  #clock = new CorrelationClock();
  /** Whether somebody waits for silence to be counted until now. */
  #isEndAwaited = false;

  constructor(database: Pick<Database, 'pool'>, options: CorrelatorOptions) {
    this.#pool = database.pool;
    this.#log = options.log;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#chunkRows = options.chunkRows ?? CHUNK_ROWS;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#correlation = new Correlation(options.policy ?? defaultPolicy, (network) =>
      tellNetwork(network, options.log),
    );
  }

  /** Whether this is the one that writes. */
  get isLeader(): boolean {
    return this.#lease !== null;
  }

  /** Begins to correlate, or to stand by where another process does. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Finishes the step under way and lets go of the lock and the connection. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp();
    await this.#running;
  }

  /**
   * Resolves when everything that was committed before the call is correlated, by this process or by the one that leads, and the
   * silence since then is counted as well. Throws where this one was not started, is stopped meanwhile, or fails again and again.
   */
  async catchUp(): Promise<void> {
    const snapshot = await readSnapshot(this.#pool);
    const calledAt = await readNow(this.#pool);
    const isDone = async (): Promise<boolean> => {
      if (await isEvidencePending(this.#pool, snapshot)) return false;
      this.#isEndAwaited = true;
      if (((await readJudgedUntil(this.#pool)) ?? Number.NEGATIVE_INFINITY) >= calledAt) return true;
      // A leader that has nothing to do stores no later time by itself.
      if (!this.isLeader) await askUntilNow(this.#pool);
      return false;
    };
    while (!(await isDone())) {
      if (this.#running === null || this.#stopping.signal.aborted) {
        throw new Error('the correlator does not run, and evidence waits for it');
      }
      if (this.#failures >= FAILURES_TO_TELL) {
        throw new Error('the correlator fails again and again', { cause: this.#lastFailure });
      }
      const round = new Promise<void>((resolve) => this.#afterRound.push(resolve));
      this.#awaited.abort();
      this.#awaited = new AbortController();
      this.#wakeUp();
      await Promise.race([round, sleep(50)]);
    }
  }

  /** How far the log is ahead of what is correlated. */
  lag(): Promise<EvidenceLag> {
    return readEvidenceLag(this.#pool);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#holdSession();
      } catch (error) {
        this.#noteFailure(error, 'the correlator lost its connection');
        await this.#pause();
      }
    }
  }

  async #holdSession(): Promise<void> {
    const client = await this.#pool.connect();
    let failure: Error | null = null;
    const onError = (error: Error) => {
      failure = error;
      this.#wakeUp();
    };
    client.on('error', onError);
    const onNotification = (notification: Notification) => {
      if (asksUntilNow(notification)) this.#isEndAwaited = true;
      this.#wakeUp();
    };
    client.on('notification', onNotification);
    try {
      await prepareSession(client);
      while (failure === null && !this.#stopping.signal.aborted) {
        const begunAtMs = performance.now();
        await this.#round(client);
        this.#tellRound();
        const restMs = restAfter(performance.now() - begunAtMs);
        await this.#sleepUntilWoken(this.#pollMs);
        await this.#rest(begunAtMs, restMs);
      }
      if (failure !== null) throw failure;
      if (this.#lease !== null) await releaseCorrelatorLease(client, this.#lease);
    } finally {
      this.#lease = null;
      this.#correlation.forget();
      client.off('notification', onNotification);
      // The session ends, and the lock with it.
      client.release(true);
      client.off('error', onError);
      client.on('error', () => undefined);
    }
  }

  /** Works through what is there, if this session may. */
  async #round(client: PoolClient): Promise<void> {
    let isMore = true;
    while (isMore && !this.#stopping.signal.aborted) {
      const lease = await this.#holdLease(client);
      if (lease === null) return;
      try {
        const { diff, evidence, isFull } = await correlateChunk(
          client,
          this.#correlation,
          this.#chunkRows,
          () => requireCorrelatorLease(client, lease),
          (chunk, now) => this.#clock.read(chunk, now, this.#isEndAwaited),
        );
        if (evidence === 0) this.#isEndAwaited = false;
        isMore = isFull;
        this.#failures = 0;
        if (diff !== null) this.#tell(diff, evidence);
      } catch (error) {
        this.#correlation.forget();
        await client.query('rollback');
        this.#noteFailure(error, 'a step of the correlator failed and is tried again');
        this.#tellRound();
        await this.#pause();
      }
    }
  }

  /** The lease, taken or renewed where that is due; null where another process has it. */
  async #holdLease(client: PoolClient): Promise<Lease | null> {
    const nowMs = performance.now();
    if (this.#lease === null) {
      this.#lease = await takeCorrelatorLease(client, this.#holder, this.#leaseMs);
      if (this.#lease === null) return null;
      this.#log.info({ epoch: this.#lease.epoch }, 'correlating');
    } else if (nowMs < this.#renewAtMs) {
      return this.#lease;
    } else if (!(await renewCorrelatorLease(client, this.#lease, this.#leaseMs))) {
      this.#log.warn({ epoch: this.#lease.epoch }, 'another process correlates now');
      this.#lease = null;
      this.#correlation.forget();
      return null;
    }
    this.#renewAtMs = nowMs + this.#leaseMs / 3;
    return this.#lease;
  }

  #tell(diff: OutageDiff, evidence: number): void {
    const { opened, changed, closed, replaced } = diff;
    if (opened.length + changed.length + closed.length + replaced.length === 0) return;
    this.#log.info(
      {
        evidence,
        opened: opened.map((outage) => outage.id),
        changed: changed.length,
        closed: closed.map(([, outage]) => outage.id),
        replaced: replaced.map(([, outage]) => outage.id),
      },
      'outages changed',
    );
  }

  #noteFailure(error: unknown, message: string): void {
    this.#failures++;
    this.#lastFailure = error;
    this.#log.warn({ err: error, failures: this.#failures }, message);
  }

  /** Longer with each failure in a row; cut short by `stop`. */
  async #pause(): Promise<void> {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
    await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  async #sleepUntilWoken(forMs: number): Promise<void> {
    if (!this.#isWoken && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, forMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = () => undefined;
    this.#isWoken = false;
  }

  /** Waits until the next look may begin; not while somebody waits for what it finds. */
  async #rest(begunAtMs: number, restMs: number): Promise<void> {
    const leftMs = begunAtMs + restMs - performance.now();
    if (leftMs <= 0 || this.#afterRound.length > 0) return;
    const cut = AbortSignal.any([this.#stopping.signal, this.#awaited.signal]);
    await sleep(leftMs, undefined, { signal: cut }).catch(() => undefined);
  }

  readonly #wakeUp = (): void => {
    this.#isWoken = true;
    this.#wake();
  };

  #tellRound(): void {
    for (const resolve of this.#afterRound.splice(0)) resolve();
  }
}

/** Milliseconds from the beginning of a look that took so long to the next one. */
function restAfter(tookMs: number): number {
  return Math.max(LOOK_EVERY_MS, tookMs + Math.min(tookMs / 2, LONGEST_REST_MS));
}
