import { setTimeout as sleep } from 'node:timers/promises';
import type { OutagePage, OutageSummary, SiteStatus } from '@lastgasp/model';
import type { Output } from '../terminal/output.ts';
import { type Board, describeChanges, formatBoard, formatTotals, type TerminalSize } from './outage-board.ts';

/** How the outages of a server are watched. */
export interface WatchOptions {
  readonly url: string;
  readonly output: Output;
  /** Size of the terminal, asked each time since it may change. */
  readonly size: () => TerminalSize;
  /** How many events the database holds, whoever stored them. */
  readonly countStoredEvents: () => Promise<number>;
  /** Lines on how what is said compares with what is true; none where nobody knows what is true. */
  readonly readScore: () => readonly string[];
  readonly signal: AbortSignal;
}

/** A live view of a server's outages. */
export interface OutageWatch {
  /** Ends with the signal. */
  readonly done: Promise<void>;
  /** Says a sentence without disturbing what is drawn: above the board, or on standard error. */
  readonly note: (text: string) => void;
}

const POLL_MS = 1_000;

/** Lines of totals between changes, where nothing is redrawn. */
const TOTALS_EVERY_MS = 15_000;

/** Outages that ended before the terminal began to look are not told; of so many it is known. */
const ENDED_LIMIT = 100;
const KEPT_LIMIT = 20;

/**
 * Shows the outages of a server on the terminal until the signal: a board that is drawn anew each second, or, where the
 * output goes to a file or pipe, a line for each change. What was over before it began to look is not told again.
 */
export function watchOutages(options: WatchOptions): OutageWatch {
  const { output } = options;
  let drawn: readonly string[] = [];
  const draw = (lines: readonly string[]): void => {
    const erase = drawn.length === 0 ? '' : `\u001b[${drawn.length}A\u001b[0J`;
    output.write(`${erase}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines;
  };
  const note = (text: string): void => {
    if (drawn.length === 0) {
      output.progress(text);
      return;
    }
    const board = drawn;
    draw([]);
    output.progress(text);
    draw(board);
  };
  return { done: watch(options, draw), note };
}

async function watch(options: WatchOptions, draw: (lines: readonly string[]) => void): Promise<void> {
  const { output, size, signal } = options;
  let board: Board | null = null;
  let totalsAt = 0;
  const over = new Set<string>();
  while (!signal.aborted) {
    const now: Board | null = await readBoard(options, board, over).catch(() => null);
    if (now !== null && output.isTerminal) draw(formatBoard(now, size()));
    else if (now !== null) {
      const changes = board === null ? [] : describeChanges(board, now);
      for (const line of changes) output.line(line);
      if (changes.length > 0 || Date.now() - totalsAt >= TOTALS_EVERY_MS) {
        output.line(formatTotals(now));
        if (now.score.length > 0) output.line(now.score.join(' · '));
        totalsAt = Date.now();
      }
    }
    board = now ?? board;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The board as it is now. `over` holds the outages that ended before the first one. */
async function readBoard(
  { url, countStoredEvents, readScore, signal }: WatchOptions,
  before: Board | null,
  over: Set<string>,
): Promise<Board> {
  const [status, open, ended, storedEvents] = await Promise.all([
    read<SiteStatus>(`${url}/api/status`, signal),
    read<OutagePage>(`${url}/api/outages?open=true&limit=500`, signal),
    read<OutagePage>(`${url}/api/outages?open=false&limit=${ENDED_LIMIT}`, signal),
    countStoredEvents().catch(() => null),
  ]);
  if (before === null) for (const { id } of ended.outages) over.add(id);
  const known = new Set([...open.outages, ...ended.outages].map(({ id }) => id));
  // One that began long ago and ends now is not among the newest that ended: it is asked for, and kept for a while.
  const gone = (before?.open ?? []).filter(({ id }) => !known.has(id));
  const endedSince = [
    ...ended.outages.filter(({ id }) => !over.has(id)),
    ...(before?.ended ?? []).filter(({ id }) => !known.has(id)).slice(0, KEPT_LIMIT),
    ...(await Promise.all(
      gone.map(({ number }) => read<OutageSummary>(`${url}/api/outages/${number}`, signal)),
    )),
  ].sort((a, b) => ((a.endedAt ?? a.updatedAt) < (b.endedAt ?? b.updatedAt) ? 1 : -1));
  const standing = (outages: readonly OutageSummary[]) =>
    outages.filter(({ replacedBy }) => replacedBy === null);
  return {
    status,
    storedEvents,
    score: readScore(),
    open: standing(open.outages),
    ended: standing(endedSince),
  };
}

async function read<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
