import { inspect } from 'node:util'
import { expect } from 'vitest'
import { createAuthorizationRequest } from '../../src/oauth/authorization-request.ts'
import { readAuthorizationResponse } from '../../src/oauth/authorization-response.ts'
import { exchangeCode } from '../../src/oauth/code-grant.ts'
import { AuthError } from '../../src/errors.ts'
import { createJwksCache } from '../../src/oauth/jwks.ts'
import type { GrantResult, RefusedGrant, TokenGrant } from '../../src/oauth/grant-result.ts'
import { refreshTokens, type RefreshRequest } from '../../src/oauth/refresh-grant.ts'
import { checkMetadata } from '../../src/oauth/metadata.ts'
import type { RelyingParty } from '../../src/oauth/relying-party.ts'
import type {
  AuthorizationRequest,
  ClientConfig,
  IdTokenClaims,
  OAuthContext,
  SignInTransaction,
} from '../../src/oauth/types.ts'
import { fetchUserInfo } from '../../src/oauth/userinfo.ts'
import type { TestProviderOptions } from '../../src/testing/provider/options.ts'
import { createTestProvider } from '../../src/testing/provider/test-provider.ts'

export const START = Date.UTC(2026, 0, 15, 12)

/** A refused grant as a rejection, so that a test may expect the grant alone. */
class Refused extends Error {
  readonly result: RefusedGrant

  constructor(result: RefusedGrant) {
    super(result.error.message)
    this.result = result
  }
}

export function granted<G extends TokenGrant>(result: GrantResult<G>): G {
  if (!result.ok) throw new Refused(result)
  return result.grant
}

/** @param thrown by `granted`, or by a request that ends in no grant */
export function refusalOf(thrown: unknown): { error: unknown; refreshToken: string | undefined } {
  if (!(thrown instanceof Refused)) return { error: thrown, refreshToken: undefined }
  const { error, refreshToken } = thrown.result
  // What the checks themselves stumble over is not their verdict.
  expect(error.message).not.toContain('could not be checked')
  return { error, refreshToken }
}

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
  const party: RelyingParty = { context, client, metadata, keys: createJwksCache() }

  const begin = (request: Partial<AuthorizationRequest> = {}) =>
    createAuthorizationRequest(party, {
      redirectUri: 'https://app.example/',
      state: 'et.hash.random',
      scope: 'openid profile email offline_access',
      ...request,
    })
  const finish = async (transaction: SignInTransaction, parameters: string, keys = party.keys) => {
    const { metadata: stored } = transaction
    const frontChannel = { client, metadata: stored }
    const response = readAuthorizationResponse(frontChannel, transaction, parameters)
    // As the vault does it: the transaction lay where any script of the page can write.
    const metadata = checkMetadata(issuer, stored)
    return granted(await exchangeCode({ ...party, metadata, keys }, transaction, response))
  }

  /** Sign-in as an application does it: UserInfo follows, or every negative case would pass by accident. */
  async function signIn(
    request: Partial<AuthorizationRequest> = {},
    parameters: Record<string, string | undefined> = {},
  ) {
    const { url, transaction } = await begin(request)
    provider.secrets.add(transaction.code_verifier).add(transaction.nonce)
    const grant = await finish(transaction, provider.authorize(url, parameters))
    await fetchUserInfo(party, grant.response.access_token, grant.claims.sub)
    return grant
  }

  const renew = async (request: Partial<RefreshRequest> & Pick<RefreshRequest, 'refreshToken'>) =>
    granted(await refreshTokens(party, { requestedScope: 'openid', ...request }))

  /**
   * The AuthError a promise fails with, after looking for secrets in every corner of it, and the refresh
   * token of the answer that was refused.
   */
  async function refused(
    promise: Promise<unknown>,
  ): Promise<{ error: AuthError; refreshToken: string | undefined }> {
    const thrown = await promise.then(
      (value) => {
        throw new Error(`Expected a failure, got ${inspect(value)}`)
      },
      (error: unknown) => error,
    )
    const { error, refreshToken } = refusalOf(thrown)
    expect(error).toBeInstanceOf(AuthError)
    expectNoSecrets(error, provider.secrets)
    return { error: error as AuthError, refreshToken }
  }

  const failure = async (promise: Promise<unknown>) => (await refused(promise)).error

  return {
    provider,
    clock,
    deadlines,
    context,
    client,
    metadata,
    party,
    begin,
    finish,
    signIn,
    renew,
    refused,
    failure,
  }
}

export type Setup = Awaited<ReturnType<typeof setUp>>

/** Signs in, lets an hour pass, and is ready to refresh. */
export async function session(options?: SetupOptions) {
  const setup = await setUp({ rotate: true, ...options })
  const { refreshToken, claims } = await setup.signIn()
  setup.clock.now += 3_600_000
  const renew = (previous: IdTokenClaims = claims) =>
    setup.renew({ refreshToken: refreshToken!, previous })
  return { ...setup, again: renew, refreshToken: refreshToken!, claims }
}

/** Everything that anybody could print, send or store of an error. */
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
