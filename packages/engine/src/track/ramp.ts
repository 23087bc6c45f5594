/** Share of what comes in time that has come: 0 before the first, 1 after the last. */
export function ramp(seconds: number, [first, last]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (seconds - first) / (last - first)));
}
