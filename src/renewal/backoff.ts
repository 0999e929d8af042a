const FIRST = 1000
const LONGEST = 60_000
/** A provider may ask for more patience than our own, within reason. */
const LONGEST_RETRY_AFTER = 15 * 60_000

/** What the n-th pause in a row is at the most: a second, then doubled, to a minute (ms). */
export function ceiling(n: number): number {
  return Math.min(FIRST * 2 ** Math.min(n - 1, 10), LONGEST)
}

/**
 * Milliseconds to wait after the n-th failure in a row. `Retry-After` (ms) only lengthens it: where CORS
 * hides that header, and for failures that look like network errors, this alone must protect the provider.
 * @param random 0 to 1
 */
export function backoff(failures: number, random: number, retryAfter = 0): number {
  return Math.max(ceiling(failures) * (0.5 + random / 2), Math.min(retryAfter, LONGEST_RETRY_AFTER))
}
