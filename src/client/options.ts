import type { ServerMetadata } from '../oauth/types.ts'
import { hash } from '../vault/hash.ts'
import type { UserClaims, VaultConfig } from '../vault/types.ts'

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
  | { readonly issues: readonly { readonly message: string }[] }

export interface AuthClientOptions<User = UserClaims> {
  /** The provider, exactly as it names itself in its metadata. */
  issuer: string
  /** A public client: a secret in a browser is none. */
  clientId: string
  /** Where the provider sends the user back. Default: origin + '/'. */
  redirectUri?: string
  /** Default 'openid profile email offline_access'. */
  scope?: string
  /** How to ask for a refresh token. 'consent' adds `prompt=consent`, without which some providers give none. Default 'scope'. */
  offlineAccess?: 'scope' | 'consent' | false
  /** Whose access tokens these are (RFC 8707): absolute URIs. */
  resource?: string | string[]
  /** Default: origin + '/'. */
  postLogoutRedirectUri?: string
  /** Default 'auto': the worker, and the page where there is none. */
  vault?: 'auto' | 'worker' | 'page'
  /** A copy of `evertoken/worker` on your own origin, at a path that stays. */
  workerUrl?: string
  /** Only in the page vault. 'shared' copies the refresh token between tabs. Default 'isolated'. */
  tabs?: 'isolated' | 'shared'
  /** The provider's metadata, when it cannot be discovered. */
  metadata?: ServerMetadata
  /** 'tls' believes the token endpoint's TLS instead of a signature: for HS256 and encrypted ID tokens. Default 'signature'. */
  idToken?: { verification?: 'signature' | 'tls' }
  /** `minValidity`: milliseconds every token handed out should still hold; at most 80 % of its lifetime. Default 0. */
  renewal?: { minValidity?: number }
  /** Restore a lost session with one top-level `prompt=none` round trip. Default false. */
  silentSignIn?: 'redirect' | false
  /** How to go to a path of this app after sign-in. Default: `history.replaceState` and a `popstate` event. */
  navigate?: (path: string) => void
  /** Checks the claims and types the user. */
  userSchema?: StandardSchema<User>
}

/** What a client runs on, once its options are found right. */
export interface Settings {
  vault: VaultConfig
  /** In every `state` of ours: tells our responses from those of other libraries, and clients from each other. */
  mark: string
}

const CHOICES = {
  offlineAccess: ['scope', 'consent', false],
  vault: ['auto', 'worker', 'page'],
  tabs: ['isolated', 'shared'],
  silentSignIn: ['redirect', false],
} as const

/** @throws TypeError naming the option. */
export function settingsOf<User>(options: AuthClientOptions<User>): Settings {
  const given = options as unknown as Record<string, unknown>
  const wrong = (option: string, want: string): never => {
    throw new TypeError(`createAuthClient: \`${option}\` ${want}`)
  }
  for (const option of ['issuer', 'clientId'] as const) {
    if (typeof given[option] !== 'string' || !given[option]) wrong(option, 'must be a non-empty string')
  }
  for (const option of ['client_secret', 'clientSecret']) {
    // RFC 9700 §2.5 is about confidential clients; a browser cannot be one.
    if (option in given) wrong(option, 'is not a secret in a browser: register a public client')
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    const value = given[option]
    if (value !== undefined && !choices.includes(value as never)) {
      wrong(option, `must be one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`)
    }
  }
  const issuer = url(options.issuer) ?? wrong('issuer', 'must be an absolute URL')
  if (issuer.protocol !== 'https:' && !isLoopback(issuer)) wrong('issuer', 'must be https')
  if (issuer.search || issuer.hash) wrong('issuer', 'must have no query and no fragment')
  const scope = options.scope ?? 'openid profile email offline_access'
  if (!scope.split(' ').includes('openid')) wrong('scope', 'must contain "openid"')
  const { minValidity = 0 } = options.renewal ?? {}
  if (!(minValidity >= 0)) wrong('renewal.minValidity', 'must be milliseconds, 0 or more')
  const verification = options.idToken?.verification ?? 'signature'
  if (verification !== 'signature' && verification !== 'tls') {
    wrong('idToken.verification', 'must be "signature" or "tls"')
  }
  const resource = options.resource === undefined ? undefined : [options.resource].flat()
  for (const one of resource ?? []) {
    // RFC 8707 §2
    if (!url(one) || one.includes('#')) wrong('resource', 'must be absolute URIs without a fragment')
  }
  const mark = hash(`${options.issuer} ${options.clientId}`)
  const scopes = scope.split(' ').filter((one) => one && (one !== 'offline_access' || options.offlineAccess !== false))
  return {
    mark,
    vault: {
      issuer: options.issuer,
      clientId: options.clientId,
      name: `evertoken.1.${mark}`,
      scope: scopes.join(' '),
      verification,
      ...(resource?.length && { resource }),
      ...(options.metadata && { metadata: options.metadata }),
    },
  }
}

function url(text: unknown): URL | undefined {
  try {
    return new URL(text as string)
  } catch {
    return undefined
  }
}

function isLoopback({ hostname, protocol }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
