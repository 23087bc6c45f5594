import type { Outcome } from './play-all.ts';

/** The outcome as a table, and below it what was broken. */
export function formatResults({ results, skipped }: Outcome): string {
  const rows = results.map((result) => [
    result.drill,
    String(result.seed),
    result.breaches.length === 0 ? 'passed' : 'FAILED',
    result.recoveriesMs.length === 0 ? '-' : `${(Math.max(...result.recoveriesMs) / 1000).toFixed(2)} s`,
    `${result.events}`,
    `${result.deliveries}`,
    `${result.putOff}`,
    `${result.unanswered}`,
    `${result.tookSeconds.toFixed(0)} s`,
  ]);
  const header = ['drill', 'seed', '', 'well after', 'events', 'sent', 'put off', 'unanswered', 'took'];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ');
  const failures = results.flatMap(({ drill, seed, breaches }) =>
    breaches.map((breach) => `${drill}, seed ${seed}: ${breach}`),
  );
  const failed = results.filter(({ breaches }) => breaches.length > 0).length;
  return [
    line(header),
    ...rows.map(line),
    ...skipped.map(({ drill, reason }) => `${drill}: skipped, ${reason}`),
    ...(failures.length === 0 ? [] : ['', ...failures]),
    '',
    `${results.length - failed} passed, ${failed} failed`,
  ].join('\n');
}
