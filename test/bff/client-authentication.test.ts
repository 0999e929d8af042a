import { createServer, type Server } from 'node:http'
import type { JWK } from 'jose'
import { exportJWK } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { afterEach, describe, expect, test } from 'vitest'
import type { ClientAuthentication } from '../../src/oauth/client-authentication.ts'
import { createBff } from '../../src/bff/create-bff.ts'
import { toNodeHandler } from '../../src/bff/node/to-node-handler.ts'
import { createMemoryStore } from '../../src/bff/sessions/memory-store.ts'
import { closeServer, listen, NetworkBrowser } from './node/server.ts'
import { KEY_ONE } from './setup.ts'

const SECRET = 'a secret: with a colon, a plus + and 100 %'
const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map(closeServer))
})

/** A provider that knows one confidential client, and signs Ada in without asking. */
async function startProvider(origin: string, client: Partial<ClientMetadata>, par: boolean) {
  const server = createServer()
  servers.push(server)
  const issuer = await listen(server)
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'web app',
        redirect_uris: [`${origin}/bff/callback`],
        post_logout_redirect_uris: [`${origin}/bff/logged-out`],
        grant_types: ['authorization_code', 'refresh_token'],
        ...client,
      },
    ],
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: par, requirePushedAuthorizationRequests: par },
      revocation: { enabled: true },
    },
    issueRefreshToken: async () => true,
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: 60,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      RefreshToken: 600,
      Session: 600,
      Interaction: 600,
    },
    cookies: { keys: ['of no value'] },
  })
  const callback = provider.callback()
  const seen: { path: string; authorization: string | undefined }[] = []
  server.on('request', (request, response) => {
    seen.push({ path: request.url ?? '', authorization: request.headers.authorization })
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response)
    const grant = new provider.Grant({ accountId: 'ada', clientId: 'web app' })
    grant.addOIDCScope('openid profile email offline_access')
    void grant.save().then((grantId) =>
      provider.interactionFinished(request, response, {
        login: { accountId: 'ada' },
        consent: { grantId },
      }),
    )
  })
  return { issuer, seen }
}

async function signIn(
  authentication: ClientAuthentication,
  client: Partial<ClientMetadata>,
  par = false,
) {
  const app = createServer()
  servers.push(app)
  const origin = await listen(app)
  const { issuer, seen } = await startProvider(origin, client, par)
  const bff = createBff({
    ...{ issuer, clientId: 'web app', clientAuthentication: authentication },
    ...{ baseUrl: origin, keys: [KEY_ONE], store: createMemoryStore() },
  })
  app.on('request', toNodeHandler(bff))
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
