const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000
/** A provider may ask for a longer pause than our own longest, within reason. */
const MAX_RETRY_AFTER_MS = 15 * 60_000

/** The longest that the n-th pause in a row can be: a second, then doubled, to a minute (ms). */
export function maxPause(n: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(n - 1, 10), MAX_PAUSE_MS)
}

/**
 * Milliseconds to wait after the n-th failure in a row. `Retry-After` (ms) only lengthens it: where CORS
 * hides that header, and for failures that look like network errors, this alone must protect the provider.
 * @param random 0 to 1
 */
export function backoff(failures: number, random: number, retryAfter = 0): number {
  return Math.max(maxPause(failures) * (0.5 + random / 2), Math.min(retryAfter, MAX_RETRY_AFTER_MS))
}
