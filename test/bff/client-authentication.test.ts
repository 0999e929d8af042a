import type { JWK } from 'jose'
import { exportJWK } from 'jose'
import type { ClientMetadata } from 'oidc-provider'
import { afterEach, describe, expect, test } from 'vitest'
import type { ClientAuthentication } from '../../src/oauth/client-authentication.ts'
import { NetworkBrowser } from './node/server.ts'
import { startOidcWorld, type OidcWorld } from './oidc.ts'

const SECRET = 'a secret: with a colon, a plus + and 100 %'
let world: OidcWorld
afterEach(() => world.close())

async function signIn(
  clientAuthentication: ClientAuthentication,
  client: Partial<ClientMetadata>,
  par = false,
) {
  world = await startOidcWorld(
    { clientAuthentication },
    {
      client,
      features: {
        pushedAuthorizationRequests: { enabled: par, requirePushedAuthorizationRequests: par },
      },
    },
  )
  const { origin, seen } = world
  const user = new NetworkBrowser(origin)
  const end = await user.visit('/bff/login?returnTo=/in')
  const session = await (await user.call('/bff/session')).json()
  const refreshed = await user.call('/bff/refresh', { method: 'POST' })
  const out = await user.call('/bff/logout', { method: 'POST' })
  return { end, origin, session, refreshed, out, seen }
}

describe('with oidc-provider a confidential client', () => {
  test.each(['client_secret_basic', 'client_secret_post'] as const)(
    'B-01 conformance 2 signs in, refreshes and signs out with %s',
    async (method) => {
      const { end, origin, session, refreshed, out, seen } = await signIn(
        { method, secret: SECRET },
        { client_secret: SECRET, token_endpoint_auth_method: method },
      )
      expect(end).toBe(`${origin}/in`)
      expect(session).toMatchObject({ authenticated: true, claims: { sub: 'ada' } })
      expect([refreshed.status, out.status]).toEqual([200, 200])
      const token = seen.filter(({ path }) => path.startsWith('/token')).at(0)
      expect(token?.authorization?.startsWith('Basic ') ?? false).toBe(
        method === 'client_secret_basic',
      )
    },
  )

  test('B-02 signs in with a key, and pushes its authorization request', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['sign', 'verify'],
    )
    const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
    const { end, origin, session, refreshed, seen } = await signIn(
      { method: 'private_key_jwt', key: privateKey, kid: 'one' },
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [jwk] },
      },
      true,
    )
    expect(end).toBe(`${origin}/in`)
    expect(session).toMatchObject({ authenticated: true, claims: { sub: 'ada' } })
    expect(refreshed.status).toBe(200)
    const authorization = seen.find(({ path }) => path.startsWith('/auth?'))!
    expect([...new URLSearchParams(authorization.path.slice(6)).keys()]).toEqual([
      'client_id',
      'request_uri',
    ])
  })

  test('B-01 with the wrong secret is refused, and nobody is signed in', async () => {
    await expect(
      signIn(
        { method: 'client_secret_basic', secret: 'another' },
        { client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' },
      ),
    ).rejects.toThrow(/callback.* answered 400/)
  })
})
