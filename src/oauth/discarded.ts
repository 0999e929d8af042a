import { isText } from './json.ts'

/** Beside the errors, not in them: nothing that prints or copies an error finds these. */
const refreshTokens = new WeakMap<object, string>()

/** The refresh token of the answer that an error threw away: whoever catches the error should revoke it. */
export function discardedRefreshToken(error: unknown): string | undefined {
  // Of what is no object a WeakMap says undefined.
  return refreshTokens.get(error as object)
}

export function discard(error: unknown, refreshToken: unknown): void {
  if (error instanceof Error && isText(refreshToken)) refreshTokens.set(error, refreshToken)
}
