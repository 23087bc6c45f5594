import { setTimeout as sleep } from 'node:timers/promises';
import type { OutagePage, SiteStatus } from '@lastgasp/model';
import type { Output } from '../terminal/output.ts';
import { type Board, describeChanges, formatBoard, formatTotals } from './outage-board.ts';

/** How the outages of a server are watched. */
export interface WatchOptions {
  readonly url: string;
  readonly output: Output;
  /** Width of the terminal in characters, asked each time since it may change. */
  readonly columns: () => number;
  readonly signal: AbortSignal;
}

const POLL_MS = 1_000;

/** Lines of totals between changes, where nothing is redrawn. */
const TOTALS_EVERY_MS = 15_000;

/**
 * Shows the outages of a server on the terminal until the signal: a board that is drawn anew each second, or,
 * where the output goes to a file or pipe, a line for each change.
 */
export async function watchOutages({ url, output, columns, signal }: WatchOptions): Promise<void> {
  let board: Board | null = null;
  let drawn = 0;
  let totalsAt = 0;
  while (!signal.aborted) {
    const now = await readBoard(url, signal).catch(() => null);
    if (now !== null && output.isTerminal) {
      const lines = formatBoard(now, columns());
      output.write(`${drawn === 0 ? '' : `\u001b[${drawn}A\u001b[0J`}${lines.join('\n')}\n`);
      drawn = lines.length;
    } else if (now !== null) {
      const changes = describeChanges(board, now);
      for (const line of changes) output.line(line);
      if (changes.length > 0 || Date.now() - totalsAt >= TOTALS_EVERY_MS) {
        output.line(formatTotals(now));
        totalsAt = Date.now();
      }
    }
    board = now ?? board;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function readBoard(url: string, signal: AbortSignal): Promise<Board> {
  const [status, open, ended] = await Promise.all([
    read<SiteStatus>(`${url}/api/status`, signal),
    read<OutagePage>(`${url}/api/outages?open=true&limit=500`, signal),
    read<OutagePage>(`${url}/api/outages?open=false&limit=20`, signal),
  ]);
  const standing = ({ outages }: OutagePage) => outages.filter(({ replacedBy }) => replacedBy === null);
  return { status, open: standing(open), ended: standing(ended) };
}

async function read<T>(url: string, signal: AbortSignal): Promise<T> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
