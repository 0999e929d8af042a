import type { SignInOptions } from '../auth-client.ts'
import { tokenChallenge } from '../../oauth/challenge.ts'

/** What a resource wants that the session does not have: `signIn` takes it as it is. */
export type StepUp = Pick<SignInOptions, 'acrValues' | 'maxAge' | 'scope'>

/**
 * Whether a protected resource wants the user to sign in anew: with more certainty about who they are (RFC 9470 §3), or
 * with more `scope` (RFC 6750 §3.1). A new token of the same session would not help.
 * @returns undefined where it does not. Across origins a resource has to expose `WWW-Authenticate` (CORS).
 * @example const stepUp = stepUpNeeded(response); if (stepUp) await auth.signIn(stepUp)
 */
export function stepUpNeeded(response: Response): StepUp | undefined {
  const { error, acr_values: acrValues, max_age, scope } = tokenChallenge(response) ?? {}
  if (error === 'insufficient_scope') return scope ? { scope } : {}
  if (error !== 'insufficient_user_authentication') return undefined
  const maxAge = /^\d+$/.test(max_age ?? '') ? Number(max_age) : undefined
  return { ...(acrValues && { acrValues }), ...(maxAge !== undefined && { maxAge }) }
}
