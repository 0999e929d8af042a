import type { ServerMetadata } from '../../oauth/types.ts'
import { threadEnvironment } from '../../vault/environment.ts'

export interface TestProviderOptions {
  /** Default `https://op.example`. */
  issuer?: string
  /** The one client it knows. Default `spa`. */
  clientId?: string
  /** The provider's clock, ms since 1970. Default: the system's. */
  now?: () => number
  /** What signs ID tokens. Default RS256. */
  alg?: string
  /** The `sub` of the user who signs in. Default `user-1`. */
  subject?: string
  /** A new refresh token with each refresh, and reuse of a spent one ends the family. Default false: always the same. */
  rotate?: boolean
  /** For how long (ms) a spent refresh token is still answered. Default 0. */
  grace?: number
  /** Whether refreshes answer with an ID token. Default true. */
  refreshIdToken?: boolean
  /** As the token response has it, seconds where it is right. Default 3600. */
  expiresIn?: unknown
}

/** @throws TypeError for a name that is none: the provider would behave as ever, and the test pass */
export function withDefaults(options: TestProviderOptions): Required<TestProviderOptions> {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(DEFAULTS, name))
  if (unknown !== undefined) {
    const names = Object.keys(DEFAULTS).join(', ')
    throw new TypeError(`createTestProvider: \`${unknown}\` is not an option; there are ${names}`)
  }
  return { ...DEFAULTS, ...options }
}

const DEFAULTS: Required<TestProviderOptions> = {
  issuer: 'https://op.example',
  clientId: 'spa',
  now: threadEnvironment.now,
  alg: 'RS256',
  subject: 'user-1',
  rotate: false,
  grace: 0,
  refreshIdToken: true,
  expiresIn: 3600,
}

/** What discovery answers (RFC 8414 §2). A test may change any member. */
export type TestProviderMetadata = ServerMetadata & Record<string, unknown>

export function metadataOf({ issuer, alg }: Required<TestProviderOptions>): TestProviderMetadata {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/userinfo`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    id_token_signing_alg_values_supported: [alg],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    response_types_supported: ['code'],
  }
}
