/** Beside the errors, not in them: nothing that prints or copies an error finds these. */
const refreshTokens = new WeakMap<object, string>()

/** The refresh token of the answer that an error threw away: whoever catches the error should revoke it. */
export function discardedRefreshToken(error: unknown): string | undefined {
  return typeof error === 'object' && error ? refreshTokens.get(error) : undefined
}

export function discard(error: unknown, refreshToken: unknown): void {
  if (typeof error === 'object' && error && typeof refreshToken === 'string' && refreshToken) {
    refreshTokens.set(error, refreshToken)
  }
}
