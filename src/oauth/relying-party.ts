import type { JwksCache } from './jwks.ts'
import type { ClientConfig, OAuthContext, ServerMetadata } from './types.ts'

/** One client at one provider: what every request and every check of an answer needs to know. */
export interface RelyingParty {
  context: OAuthContext
  client: ClientConfig
  /** As `checkMetadata` returned it. */
  metadata: ServerMetadata
  keys: JwksCache
}

/** What the address bar needs: no network, no keys. */
export type FrontChannelParty = Pick<RelyingParty, 'client' | 'metadata'>
