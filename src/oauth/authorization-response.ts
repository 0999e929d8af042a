import { AuthorizationResponseError, validateAuthResponse } from 'oauth4webapi'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import { expectedResponseIssuer } from './issuer.ts'
import { quote } from './protocol-errors.ts'
import { providerWords } from './refusal-message.ts'
import type { FrontChannelParty } from './relying-party.ts'
import type { AuthorizationResponse, SignInTransaction } from './types.ts'

/** Answers that are codes of our own (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6). */
const OWN_CODES: readonly string[] = [
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
] satisfies AuthErrorCode[]

/** They mean something in other flows; here they are as unknown as any, and ignored (RFC 6749 §4.1.2). */
const OTHER_FLOW_PARAMETERS = ['response', 'id_token', 'token']

/** Of what any page that knows `state` could have written. */
const MAX_QUOTED_LENGTH = 160

const BEGIN_AGAIN = 'Begin the sign-in again.'

/**
 * RFC 6749 §4.1.2 and RFC 9207 §2.4.
 * @param query of the redirect back, as it came
 */
export function readAuthorizationResponse(
  { client, metadata }: FrontChannelParty,
  transaction: SignInTransaction,
  query: string,
): AuthorizationResponse {
  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  // RFC 6749 §3.1
  if (new Set(names).size < names.length) {
    throw new AuthError('invalid_response', {
      message: `A response parameter came twice. ${BEGIN_AGAIN}`,
    })
  }
  const state = parameters.get('state')
  if (
    !state ||
    state !== transaction.state ||
    transaction.issuer !== client.issuer ||
    transaction.client_id !== client.clientId
  ) {
    throw new AuthError('state_mismatch', {
      message: `Not the response to this sign-in. ${BEGIN_AGAIN}`,
    })
  }
  for (const name of OTHER_FLOW_PARAMETERS) parameters.delete(name)
  const iss = parameters.get('iss')
  const server = { ...metadata, issuer: expectedResponseIssuer({ client, metadata }, iss) }
  // Providers leave `iss` out of errors (Django OAuth Toolkit). One says nothing that `state` does not vouch for: no
  // code goes anywhere.
  if (iss === null && parameters.has('error')) {
    server.authorization_response_iss_parameter_supported = false
  }
  try {
    // To oauth4webapi an empty `iss` is none: by simple string comparison it is another one.
    if (iss === '') throw new TypeError('iss')
    validateAuthResponse(server, { client_id: client.clientId }, parameters, state)
  } catch (error) {
    // The library believes an error only after `iss`, too. What it throws holds the code: never a cause.
    if (error instanceof AuthorizationResponseError) throw signInEndedError(error)
    const said = iss === null ? 'it has no iss' : `its iss is ${quote(iss)}`
    throw new AuthError('issuer_mismatch', {
      message: `The response is not from ${client.issuer}: ${said}. ${BEGIN_AGAIN}`,
    })
  }
  const code = parameters.get('code')
  if (!code) {
    throw new AuthError('invalid_response', { message: `No code in the response. ${BEGIN_AGAIN}` })
  }
  return iss === null ? { code } : { code, iss }
}

function signInEndedError({ error, error_description }: AuthorizationResponseError): AuthError {
  const word = error.slice(0, 100)
  const words = providerWords(word, error_description).slice(0, MAX_QUOTED_LENGTH)
  return new AuthError(
    OWN_CODES.includes(error) ? (error as AuthErrorCode) : 'authorization_failed',
    {
      message: `The provider ended the sign-in: ${words}`,
      error: word,
      errorDescription: error_description?.slice(0, 300),
    },
  )
}
