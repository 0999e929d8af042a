import { pushedAuthorizationRequest } from 'oauth4webapi'
import { AuthError } from '../errors.ts'
import { isText } from './json.ts'
import { libraryArguments, type RelyingParty } from './relying-party.ts'
import { requestJson, type RequestOptions } from './request-json.ts'

/**
 * RFC 9126 §2: what an authorization request says goes to the provider directly, and the browser carries a reference.
 * @param url as `createAuthorizationRequest` made it
 * @returns where to send the user. @throws AuthError
 */
export async function pushAuthorizationRequest(party: RelyingParty, url: string): Promise<string> {
  const { metadata, client, context } = party
  if (!metadata.pushed_authorization_request_endpoint) return url
  const { as, client: libraryClient, auth } = libraryArguments(party)
  const parameters = new URL(url).searchParams
  const build = (options: RequestOptions) =>
    pushedAuthorizationRequest(as, libraryClient, auth, parameters, options)
  const { request_uri } = await requestJson(context, party.dpop?.proven(build) ?? build, {
    refusal: 'authorization_failed',
  })
  if (!isText(request_uri)) {
    throw new AuthError('invalid_response', {
      message: 'The pushed authorization request was answered without a request_uri.',
    })
  }
  const reference = new URL(metadata.authorization_endpoint)
  reference.searchParams.set('client_id', client.clientId)
  reference.searchParams.set('request_uri', request_uri)
  return reference.href
}
