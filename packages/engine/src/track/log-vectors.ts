/**
 * Short lists of numbers, one for every regime or quality. They are plain arrays: made by the hundred thousand, a typed array of more than
 * eight numbers costs an allocation outside of the heap, some 500 ns instead of 30.
 */
export type Logs = number[];

/** Makes lists of `length` zeros; keeping the maker keeps them lists of doubles from the start. */
export function zeroLogs(length: number): () => Logs {
  const template = Array.from({ length }, () => 0.5).fill(0);
  return () => template.slice();
}

/** Adds `more` to `sums`, number by number. */
export function add(sums: Logs, more: readonly number[]): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (more[i] as number);
}

/** The same list with `more` added to each number. */
export function plus(logs: readonly number[], more: number): Logs {
  const sums = logs.slice();
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + more;
  return sums;
}

/** The sum of a list. */
export function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}

/** Number by number, the log of the sum of exp over several lists; the first list itself where there is no other. */
export function sumOfExp(lists: readonly Logs[]): Logs {
  const [first] = lists as readonly [Logs];
  if (lists.length === 1) return first;
  const sums = first.slice();
  for (let d = 0; d < sums.length; d++) {
    let most = Number.NEGATIVE_INFINITY;
    for (const own of lists) if ((own[d] as number) > most) most = own[d] as number;
    let sum = 0;
    for (const own of lists) sum += Math.exp((own[d] as number) - most);
    sums[d] = most === Number.NEGATIVE_INFINITY ? most : most + Math.log(sum);
  }
  return sums;
}
