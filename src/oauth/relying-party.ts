import { None, type AuthorizationServer, type ClientAuth } from 'oauth4webapi'
import type { JwksCache } from './jwks.ts'
import type { RequestOptions } from './request-json.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from './types.ts'

/** Binds access tokens to a key (RFC 9449). */
export interface ProofOfPossession {
  readonly tokenType: 'DPoP'
  /** A request that proves the possession of the key. */
  proven(
    build: (options: RequestOptions) => Promise<Response>,
  ): (options: RequestOptions) => Promise<Response>
}

/** One client at one provider: what every request and every check of an answer needs to know. */
export interface RelyingParty {
  context: OAuthContext
  client: ClientConfig
  /** As `checkMetadata` returned it. */
  metadata: ServerMetadata
  keys: JwksCache
  /** How a confidential client says who it is (`ClientSecretBasic`, `PrivateKeyJwt` …); default: a public client. */
  auth?: ClientAuth
  /** With it, access tokens are bound to its key, and a Bearer token is refused. */
  dpop?: ProofOfPossession
}

/** What the address bar needs: no network, no keys. */
export type FrontChannelParty = Pick<RelyingParty, 'client' | 'metadata'>

/** A relying party as the first arguments of oauth4webapi's request functions. */
export function libraryArguments({
  client,
  metadata,
  auth = None(),
}: Pick<RelyingParty, 'client' | 'metadata' | 'auth'>) {
  return { as: metadata as AuthorizationServer, client: { client_id: client.clientId }, auth }
}
