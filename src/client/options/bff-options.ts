import type { UserClaims } from '../../vault/vault.ts'
import type { AuthClientOptions } from './options.ts'

/** For a client whose backend (`evertoken/bff`) holds the refresh token. What concerns the provider is set there. */
export interface BffClientOptions<User = UserClaims, Resource extends string = string> extends Pick<
  AuthClientOptions<User, Resource>,
  'postLogoutRedirectUri' | 'protectedResources' | 'renewal' | 'userSchema'
> {
  /** Where the handler is: a path of this origin, as `/bff`. */
  bff: string
  /**
   * When a page asks the backend who is signed in. 'hinted': where this browser remembers a sign-in, so that a visitor
   * makes no request. 'always': for applications that users sign in to by a link of their own to the backend's login.
   * Default 'hinted'.
   */
  sessionCheck?: 'hinted' | 'always' | undefined
  issuer?: undefined
  clientId?: undefined
}
