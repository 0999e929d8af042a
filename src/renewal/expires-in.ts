/** `expires_in` is RECOMMENDED, not required (RFC 6749 §5.1): a token without it is not eternal. */
const DEFAULT_LIFETIME_MS = 5 * 60_000
const MAX_LIFETIME_MS = 24 * 3_600_000

/** Seconds as the provider said them → milliseconds to count on. */
export function lifetimeOf(expiresIn: number | undefined): number {
  return expiresIn === undefined ? DEFAULT_LIFETIME_MS : Math.min(expiresIn * 1000, MAX_LIFETIME_MS)
}
