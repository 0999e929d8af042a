import { AuthError, type AuthErrorCode } from './errors.ts'
import type { ClientConfig, ServerMetadata, SignInTransaction } from './types.ts'

/** Answers that are codes of our own (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
const ERRORS: readonly string[] = [
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
] satisfies AuthErrorCode[]

const AGAIN = 'Begin the sign-in again.'

/** RFC 6749 §4.1.2 and RFC 9207 §2.4. @returns the authorization code */
export function readAuthorizationResponse(
  client: ClientConfig,
  metadata: ServerMetadata,
  transaction: SignInTransaction,
  query: string,
): string {
  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  // RFC 6749 §3.1
  if (new Set(names).size < names.length) {
    throw new AuthError('invalid_response', {
      message: `A response parameter came twice. ${AGAIN}`,
    })
  }
  const { state, iss, code, error, error_description } = Object.fromEntries(parameters)
  if (
    !state ||
    state !== transaction.state ||
    transaction.issuer !== client.issuer ||
    transaction.client_id !== client.clientId
  ) {
    throw new AuthError('state_mismatch', { message: `Not the response to this sign-in. ${AGAIN}` })
  }
  // Before an error is believed, too. Simple string comparison; an empty `iss` is one as well.
  if (
    iss === undefined
      ? metadata.authorization_response_iss_parameter_supported
      : iss !== client.issuer
  ) {
    throw new AuthError('issuer_mismatch', {
      message: `The response is not the issuer's. ${AGAIN}`,
    })
  }
  if (error) {
    throw new AuthError(
      ERRORS.includes(error) ? (error as AuthErrorCode) : 'authorization_failed',
      {
        message: `The provider ended the sign-in: ${error.slice(0, 100)}.`,
        error: error.slice(0, 100),
        errorDescription: error_description?.slice(0, 300),
      },
    )
  }
  if (!code)
    throw new AuthError('invalid_response', { message: `No code in the response. ${AGAIN}` })
  return code
}
