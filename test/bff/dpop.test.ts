// Access tokens that are bound to a key of the backend's (RFC 9449), with oidc-provider and an upstream that verifies proofs.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, generateKeyPair, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createNodeFetch } from '../../src/bff/node/create-node-fetch.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import type { SignedInAnswer } from '../../src/bff-protocol.ts'
import { closeServer, listen, NetworkBrowser } from './node/server.ts'
import { startOidcWorld, type OidcGiven, type OidcWorld } from './oidc.ts'
import { problemOf } from './setup.ts'

const pair = await generateKeyPair('ES256')
const thumbprint = await calculateJwkThumbprint(
  await crypto.subtle.exportKey('jwk', pair.publicKey),
)

interface Verified {
  ok: boolean
  nonce: unknown
  jti: unknown
}

/** As RFC 9449 §4.3 has it. @param origin the upstream's */
async function verify(incoming: IncomingMessage, origin: string): Promise<Verified> {
  const { authorization = '', dpop } = incoming.headers
  const [scheme, accessToken = ''] = authorization.split(' ')
  const { payload, protectedHeader } = await jwtVerify(String(dpop), EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    maxTokenAge: 60,
  })
  const jwk = protectedHeader.jwk!
  const path = new URL(incoming.url ?? '', origin).pathname
  const ok =
    scheme === 'DPoP' &&
    payload['htm'] === incoming.method &&
    payload['htu'] === origin + path &&
    payload['ath'] === createHash('sha256').update(accessToken).digest('base64url') &&
    !('d' in jwk) &&
    (await calculateJwkThumbprint(jwk)) === thumbprint
  return { ok, nonce: payload['nonce'], jti: payload.jti }
}

let base: string
let world: OidcWorld
let user: NetworkBrowser
let calls: Verified[]
/** What the upstream answers to a request whose proof is right. */
let answer: (proof: Verified, response: ServerResponse, call: number) => void
const upstream = createServer((incoming, response) => {
  incoming.resume()
  verify(incoming, base).then(
    (proof) => {
      calls.push(proof)
      answer(proof, response, calls.length)
    },
    () => response.writeHead(400).end('no proof'),
  )
})

beforeEach(async () => {
  base = await listen(upstream)
  calls = []
  answer = (_, response) => void response.end('done')
})
afterEach(async () => {
  await world.close()
  await closeServer(upstream)
})

async function start(options: Partial<BffOptions> = {}, given: OidcGiven = {}): Promise<void> {
  world = await startOidcWorld(
    { dpop: pair, proxy: [{ name: 'orders', upstream: base }], ...options },
    {
      client: { dpop_bound_access_tokens: true },
      ...given,
      features: { dPoP: { enabled: true }, ...given.features },
    },
  )
  user = new NetworkBrowser(world.origin)
  await user.visit('/bff/login')
}

/** No sooner than a second after the request before. */
async function refreshed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_050))
  expect((await user.call('/bff/refresh', { method: 'POST' })).status).toBe(200)
}

const wantsNonce = (response: ServerResponse, nonce: string) =>
  response
    .writeHead(401, { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': nonce })
    .end()
const tokenProofs = () =>
  world.seen.filter(({ path }) => path === '/token').map(({ dpop }) => decodeJwt(dpop!))

describe('B-57 with a key of the deployment’s', () => {
  test('A-27 signs in, asks UserInfo, refreshes and calls upstream with a proof of its own each time', async () => {
    await start({ userInfo: true })
    const session = (await (await user.call('/bff/session')).json()) as SignedInAnswer
    expect(session).toMatchObject({ authenticated: true, claims: { sub: 'ada' } })
    for (const path of ['/one?a=1#b', '/two']) {
      expect(await (await user.call(`/bff/api/orders${path}`)).text()).toBe('done')
    }
    await refreshed()
    const call = await user.call('/bff/api/orders/three', { method: 'POST', body: 'x' })
    expect(call.status).toBe(200)
    expect(calls.map(({ ok }) => ok)).toEqual([true, true, true])
    const proofs = [...tokenProofs(), ...calls]
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(5)
    // §10: the code was for this key.
    const asked = new URL(
      world.seen.find(({ path }) => path.startsWith('/auth?'))!.path,
      world.issuer,
    )
    expect(asked.searchParams.get('dpop_jkt')).toBe(thumbprint)
    expect(world.events.filter(({ type }) => type === 'note')).toEqual([])
  })

  test('A-28 where the provider wants nonces, sends each request once more at most', async () => {
    await start(
      { userInfo: true },
      {
        features: {
          dPoP: {
            enabled: true,
            nonceSecret: Buffer.alloc(32, 7),
            requireNonce: () => true,
          },
          pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        },
      },
    )
    await refreshed()
    expect(world.events.filter(({ type }) => type === 'note')).toEqual([])
    const pushed = world.seen.filter(({ path }) => path === '/request')
    // The first request of all has no nonce yet; every later one has the newest.
    expect(pushed.map(({ dpop }) => typeof decodeJwt(dpop!)['nonce'])).toEqual([
      'undefined',
      'string',
    ])
    expect(tokenProofs().map(({ nonce }) => typeof nonce)).toEqual(['string', 'string'])
  })

  test('A-29 refuses a Bearer token, and nobody is signed in', async () => {
    world = await startOidcWorld({ dpop: pair }, { features: { dPoP: { enabled: false } } })
    user = new NetworkBrowser(world.origin)
    await expect(user.visit('/bff/login')).rejects.toThrow(/callback.* answered 502/)
    expect(world.events).toMatchObject([
      { type: 'sign-in-failed', error: { message: expect.stringContaining('token_type') } },
    ])
    await expect.poll(world.live).toBe(0)
  })

  test('signs in and refreshes with a client secret, too', async () => {
    await start(
      { clientAuthentication: { method: 'client_secret_basic', secret: 'secret' } },
      {
        client: {
          dpop_bound_access_tokens: true,
          client_secret: 'secret',
          token_endpoint_auth_method: 'client_secret_basic',
        },
      },
    )
    await refreshed()
    expect(await (await user.call('/bff/api/orders/')).text()).toBe('done')
  })
})

describe.each<[string, Partial<BffOptions>]>([
  ['fetch', {}],
  ['Node’s own client', { upstreamFetch: createNodeFetch({ http, https }) }],
])('B-57 an upstream by %s', (_, options) => {
  test('A-28 that wants a nonce gets it with a second try, and the next call has its newest', async () => {
    await start(options)
    answer = ({ nonce }, response, call) => {
      if (nonce === undefined) wantsNonce(response, 'first')
      else response.writeHead(200, { 'dpop-nonce': `after-${call}` }).end('done')
    }
    for (const init of [{}, { method: 'PUT', body: 'the body' }]) {
      expect(await (await user.call('/bff/api/orders/1', init)).text()).toBe('done')
    }
    expect(calls.map(({ nonce }) => nonce)).toEqual([undefined, 'first', 'after-2'])
    expect(calls.every(({ ok }) => ok)).toBe(true)
  })

  test('A-28 that wants nonces without an end is called twice, and the session stays', async () => {
    await start(options)
    answer = (_proof, response, call) => void wantsNonce(response, `n${call}`)
    const refused = await user.call('/bff/api/orders/1')
    expect(await problemOf(refused)).toMatchObject({ status: 502, code: 'upstream_unavailable' })
    expect(calls.map(({ nonce }) => nonce)).toEqual([undefined, 'n1'])
    // No token is renewed for it.
    expect(tokenProofs()).toHaveLength(1)
    expect(await (await user.call('/bff/session')).json()).toMatchObject({ authenticated: true })
  })

  test('A-28 that wants a nonce for a body that streams has the page send it again', async () => {
    await start(options)
    answer = ({ nonce }, response) => {
      if (nonce === undefined) wantsNonce(response, 'first')
      else response.end('done')
    }
    const stream = () => {
      const body = new Blob(['x'.repeat(100)]).stream()
      return user.call('/bff/api/orders/1', { method: 'PUT', body, duplex: 'half' } as RequestInit)
    }
    const first = await stream()
    expect(first.headers.get('retry-after')).toBe('1')
    expect(await problemOf(first)).toMatchObject({ code: 'upstream_unavailable' })
    expect(await (await stream()).text()).toBe('done')
  })

  test('that refuses the token gets a newer one, once', async () => {
    await start(options)
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    answer = (_proof, response, call) => {
      if (call === 1) response.writeHead(401, { 'www-authenticate': 'DPoP error="invalid_token"' })
      response.end('done')
    }
    expect((await user.call('/bff/api/orders/1')).status).toBe(200)
    expect([calls.length, tokenProofs().length]).toEqual([2, 2])
    answer = (_proof, response) => void response.writeHead(401).end()
    expect((await user.call('/bff/api/orders/1')).status).toBe(401)
  })
})
