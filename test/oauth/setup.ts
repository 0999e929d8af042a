import { inspect } from 'node:util'
import { expect } from 'vitest'
import { createAuthorizationRequest } from '../../src/oauth/authorization-request.ts'
import { readAuthorizationResponse } from '../../src/oauth/authorization-response.ts'
import { exchangeValidatedCode } from '../../src/oauth/code-grant.ts'
import type { AuthError } from '../../src/errors.ts'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import { refresh, type RefreshRequest } from '../../src/oauth/refresh-grant.ts'
import type {
  AuthorizationRequest,
  ClientConfig,
  OAuthContext,
  SignInTransaction,
} from '../../src/oauth/types.ts'
import { userInfo } from '../../src/oauth/userinfo.ts'
import { failure } from '../support/outcomes.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import { createTestProvider } from '../../src/testing/provider/test-provider.ts'

export const START = Date.UTC(2026, 0, 15, 12)

export interface SetupOptions extends TestProviderOptions {
  verification?: ClientConfig['verification']
  /** Device time minus provider time, ms. */
  deviceAhead?: number
}

/** A relying party in front of a scripted provider, its clock and its deadlines in the test's hands. */
export async function setUp({
  verification = 'signature',
  deviceAhead = 0,
  ...options
}: SetupOptions = {}) {
  const clock = { now: START }
  const provider = await createTestProvider({ now: () => clock.now, ...options })
  const deadlines: { ms: number; expire(): void }[] = []
  const context: OAuthContext = {
    fetch: provider.fetch,
    now: () => clock.now + deviceAhead,
    deadline(ms) {
      const controller = new AbortController()
      const expire = () => controller.abort(new DOMException('Timed out', 'TimeoutError'))
      deadlines.push({ ms, expire })
      return controller.signal
    },
  }
  const { issuer, clientId, metadata } = provider
  const client: ClientConfig = { issuer, clientId, verification }
  const jwks = createJwksCache()

  const begin = (request: Partial<AuthorizationRequest> = {}) =>
    createAuthorizationRequest(client, metadata, {
      redirectUri: 'https://app.example/',
      state: 'et.hash.random',
      scope: 'openid profile email offline_access',
      ...request,
    })
  const finish = async (transaction: SignInTransaction, parameters: string, cache = jwks) => {
    const code = readAuthorizationResponse(client, transaction.metadata, transaction, parameters)
    return exchangeValidatedCode(context, client, transaction, code, cache)
  }

  /** Sign-in as an application does it: UserInfo follows, or every negative case would pass by accident. */
  async function signIn(
    request: Partial<AuthorizationRequest> = {},
    parameters: Record<string, string | undefined> = {},
  ) {
    const { url, transaction } = await begin(request)
    provider.secrets.add(transaction.code_verifier).add(transaction.nonce)
    const grant = await finish(transaction, provider.authorize(url, parameters))
    await userInfo(context, client, metadata, grant.response.access_token, grant.claims.sub)
    return grant
  }

  const renew = (request: Partial<RefreshRequest> & Pick<RefreshRequest, 'refreshToken'>) =>
    refresh(context, client, metadata, { requestedScope: 'openid', ...request }, jwks)

  /** The AuthError a promise fails with, after looking for secrets in every corner of it. */
  async function failureWithoutSecrets(promise: Promise<unknown>): Promise<AuthError> {
    const error = await failure(promise)
    expectNoSecrets(error, provider.secrets)
    return error
  }

  return {
    provider,
    clock,
    deadlines,
    context,
    client,
    metadata,
    jwks,
    begin,
    finish,
    signIn,
    renew,
    failure: failureWithoutSecrets,
  }
}

export type Setup = Awaited<ReturnType<typeof setUp>>

/** Everything that a program could print, send or store of an error. */
export function printed(error: unknown): string {
  const seen = new Set<unknown>()
  const corners = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return String(value)
    if (seen.has(value)) return ''
    seen.add(value)
    const own = Reflect.ownKeys(value).map((key) => (value as Record<PropertyKey, unknown>)[key])
    return [...own, (value as Error).cause].map(corners).join('\n')
  }
  return [
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: Infinity, showHidden: true, getters: true }),
    (error as Error).stack,
    corners(error),
    corners(structuredClone(error)),
  ].join('\n')
}

export function expectNoSecrets(error: unknown, secrets: Iterable<string>): void {
  const text = printed(error)
  for (const secret of secrets) {
    // The beginning is enough: engines quote the beginning of what they could not parse.
    expect(text).not.toContain(secret.slice(0, 12))
  }
}
