/** Milliseconds to wait after the given number of failures in a row (1, 2, …): doubling with jitter, at most 10 s. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const full = Math.min(10_000, 50 * 2 ** Math.min(failures - 1, 10))
  return full * (0.5 + random() / 2)
}
