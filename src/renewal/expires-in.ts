/** `expires_in` is RECOMMENDED, not required (RFC 6749 §5.1): a token without it is not eternal. */
const LIFETIME_WHEN_UNSAID = 5 * 60_000
const LONGEST_LIFETIME = 24 * 3_600_000

/** Seconds as the provider said them → milliseconds to count on. */
export function lifetimeOf(expiresIn: number | undefined): number {
  return expiresIn === undefined
    ? LIFETIME_WHEN_UNSAID
    : Math.min(expiresIn * 1000, LONGEST_LIFETIME)
}
