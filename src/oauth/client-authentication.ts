import {
  ClientSecretBasic,
  ClientSecretPost,
  None,
  PrivateKeyJwt,
  type ClientAuth,
} from 'oauth4webapi'

/** How a client proves to the provider who it is (OpenID Connect Core §9). */
export type ClientAuthentication =
  | { method: 'client_secret_basic' | 'client_secret_post'; secret: string }
  /** The private half of a key that the provider knows: no secret is shared, none is sent (RFC 7523 §2.2). */
  | { method: 'private_key_jwt'; key: CryptoKey; kid?: string }
  /** A public client. */
  | { method: 'none' }

export const CLIENT_AUTHENTICATION_METHODS: readonly string[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] satisfies ClientAuthentication['method'][]

export function clientAuthOf(authentication: ClientAuthentication): ClientAuth {
  switch (authentication.method) {
    case 'client_secret_basic':
      return ClientSecretBasic(authentication.secret)
    case 'client_secret_post':
      return ClientSecretPost(authentication.secret)
    case 'private_key_jwt': {
      const { key, kid } = authentication
      return PrivateKeyJwt(kid === undefined ? key : { key, kid })
    }
    case 'none':
      return None()
  }
}
