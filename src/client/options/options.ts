import type { ServerMetadata } from '../../oauth/types.ts'
import type { UserClaims } from '../../vault/vault.ts'

/** Any schema library that speaks Standard Schema (https://standardschema.dev): zod, valibot, arktype … */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  /** Where in the value: the first member is the claim. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a client in browser mode is made of: `issuer` and `clientId`, and what differs from the defaults. Durations are milliseconds. */
export interface AuthClientOptions<User = UserClaims, Resource extends string = string> {
  /** The provider, exactly as it names itself in its metadata. */
  issuer: string
  /** A public client: a secret in a browser is none. */
  clientId: string
  /** Where the provider sends the user back. Default: origin + '/'. */
  redirectUri?: string | undefined
  /** Default 'openid profile email offline_access'. */
  scope?: string | undefined
  /** How to ask for a refresh token. 'consent' adds `prompt=consent`, without which some providers give none. Default 'scope'. */
  offlineAccess?: 'scope' | 'consent' | false | undefined
  /** Whose access tokens these are (RFC 8707): absolute URIs. */
  resource?: string | readonly string[] | undefined
  /** Default: origin + '/'. */
  postLogoutRedirectUri?: string | undefined
  /** Default 'auto': the worker, and the page where there is none. */
  vault?: 'auto' | 'worker' | 'page' | undefined
  /** A copy of `evertoken/worker` on your own origin, at a path that stays. */
  workerUrl?: string | undefined
  /**
   * `false`: in Firefox and Safari the worker's file does not register itself as a ServiceWorker for its own URL, and a
   * reload of the only tab ends the session. Default true; elsewhere without a meaning.
   */
  relay?: boolean | undefined
  /** Only in the page vault. 'shared' copies the refresh token between tabs. Default 'isolated'. */
  tabs?: 'isolated' | 'shared' | undefined
  /** The provider's metadata, when it cannot be discovered. */
  metadata?: ServerMetadata | undefined
  /** 'tls' believes the token endpoint's TLS instead of a signature: for HS256 and encrypted ID tokens. Default 'signature'. */
  idToken?:
    | {
        verification?: 'signature' | 'tls'
        /** Further audiences that an ID token of this client may have. */
        audiences?: string[]
      }
    | undefined
  /** `minValidity`: milliseconds every token handed out should still hold; at most 80 % of its lifetime. Default 0. */
  renewal?: { minValidity?: number } | undefined
  /** Restore a lost session with one top-level `prompt=none` round trip. Default false. */
  silentSignIn?: 'redirect' | false | undefined
  /** How to go to a path of this app after sign-in. Default: `history.replaceState` and a `popstate` event. */
  navigate?: ((path: string) => void) | undefined
  /**
   * Asks UserInfo once at sign-in, in the vault, and makes the user of both: many providers tell name and email there
   * alone (OpenID Connect Core §5.4). Done by itself where `userSchema` refuses the ID token's claims. Default false.
   */
  userInfo?: boolean | undefined
  /** Checks the claims and types the user. */
  userSchema?: StandardSchema<User> | undefined
  /** Which URLs `auth.fetch` may call, and with which access token. Default: none. */
  protectedResources?: readonly (string | ProtectedResource<Resource>)[] | undefined
  bff?: undefined
}

/** Whom a call may be made with an access token: everything below a URL. */
export interface ProtectedResource<Resource extends string = string> {
  /** Absolute, or a path of this app. */
  url: string
  /** Whose token it takes (RFC 8707). Default: the session's own token. */
  resource?: Resource | readonly Resource[] | undefined
  /** Space separated. */
  scope?: string | undefined
  /** Beside `bff`: calls go to the backend's route of this name instead, which adds the token itself. */
  bff?: string | undefined
}

/** What the client itself reads of its options, in every mode. */
export type CommonOptions<User> = Pick<
  AuthClientOptions<User>,
  | 'userSchema'
  | 'navigate'
  | 'renewal'
  | 'silentSignIn'
  | 'postLogoutRedirectUri'
  | 'protectedResources'
> & { bff?: string | undefined }
