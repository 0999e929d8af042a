import { Agent, request } from 'node:http'
import { generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { createBff } from '../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../src/bff/environment.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import { createNodeFetch } from '../../src/bff/node/create-node-fetch.ts'
import { toNodeHandler } from '../../src/bff/node/to-node-handler.ts'
import { toUpgradeHandler } from '../../src/bff/node/to-upgrade-handler.ts'
import { createMemoryStore } from '../../src/bff/sessions/memory-store.ts'
import { createRedisStore } from '../../src/bff/sessions/redis-store.ts'
import { sealedCookies } from '../../src/bff/sessions/sealed-cookies.ts'
import { createSqliteStore } from '../../src/bff/sessions/sqlite-store.ts'
import { KEY_ONE, KEY_TWO, ORIGIN } from './setup.ts'

const right: BffOptions = {
  issuer: 'https://op.example',
  clientId: 'app',
  clientAuthentication: { method: 'client_secret_basic', secret: 'a-secret' },
  baseUrl: ORIGIN,
  keys: [KEY_ONE],
}

const pair = await generateKeyPair('ES256')
const another = await generateKeyPair('PS256')
const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

const metadata = {
  issuer: 'https://op.example',
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
}
const memory = createMemoryStore() as unknown as Record<string, unknown>
const names = ['create', 'get', 'replace', 'touch', 'delete', 'deleteBy', 'lease', 'renew']
const methods = Object.fromEntries(
  [...names, 'release', 'once', 'mark', 'taken'].map((name) => [name, memory[name]]),
)
const UP = { name: 'up', upstream: 'https://up.example' }
const SOCKET = { name: 'up', upstream: 'wss://up.example' }

describe('createBff', () => {
  test('starts with right options', () => {
    expect(() => createBff(right)).not.toThrow()
    expect(() => createBff({ ...right, dpop: pair })).not.toThrow()
    expect(() => createBff({ ...right, metadata, store: methods as never })).not.toThrow()
    expect(() => createBff({ ...right, keys: [KEY_TWO, KEY_ONE] })).not.toThrow()
    expect(() => createBff({ ...right, baseUrl: 'http://localhost:3000' })).not.toThrow()
    const secret = crypto.getRandomValues(new Uint8Array(32))
    expect(() => createBff({ ...right, keys: [{ kid: 'bytes', secret }] })).not.toThrow()
  })

  test.each<[option: string, change: Partial<Record<keyof BffOptions, unknown>>]>([
    ['issuer', { issuer: 'op' }],
    ['upstreamFetch', { upstreamFetch: 'fetch' }],
    ['responseMode', { responseMode: 'fragment' }],
    ['logoutLink', { logoutLink: 'yes' }],
    ['frontchannelLogout', { frontchannelLogout: 1 }],
    ['thirdPartySignIn', { thirdPartySignIn: null }],
    ['issuer', { issuer: undefined }],
    ['issuer', { issuer: 'http://op.example' }],
    ['issuer', { issuer: 'https://op.example?tenant=1' }],
    ['issuer', { issuer: 'https://op.example/.well-known/openid-configuration' }],
    ['metadata', { metadata: null }],
    ['metadata', { metadata: { ...metadata, issuer: 'https://op.example/' } }],
    ['metadata.token_endpoint', { metadata: { ...metadata, token_endpoint: undefined } }],
    [
      'metadata.authorization_endpoint',
      { metadata: { ...metadata, authorization_endpoint: 'http://op.example/authorize' } },
    ],
    ['idToken', { idToken: 'tls' }],
    ['idToken.verification', { idToken: { verification: 'TLS' } }],
    ['idToken.audiences', { idToken: { audiences: 'api' } }],
    ['userInfo', { userInfo: 'yes' }],
    ['store', { store: null }],
    ['store', { store: 'redis' }],
    ['store', { store: createMemoryStore }],
    ['store', { store: { ...methods, mark: undefined } }],
    ['name', { name: null }],
    ['basePath', { basePath: ['/bff'] }],
    ['resource', { resource: 'https://api.example' }],
    ['resource', { resource: null }],
    ['authorizationParameters', { authorizationParameters: ['display'] }],
    ['authorizationParameters', { authorizationParameters: { max_age: 5 } }],
    ['loggedOutPath', { loggedOutPath: null }],
    ['signInErrorPath', { signInErrorPath: 'oops' }],
    ['mediated: scope', { mediated: [{ scope: 5 }] }],
    ['proxy: up: cache', { proxy: [{ ...UP, cache: 'yes' }] }],
    ['proxy: up: methods', { proxy: [{ ...UP, methods: [] }] }],
    ['proxy: up: resource', { proxy: [{ ...UP, resource: 5 }] }],
    ['webSockets', { webSockets: [SOCKET, SOCKET] }],
    ['B-48 keys', { keys: [null] }],
    ['clientId', { clientId: '' }],
    ['B-01 clientAuthentication', { clientAuthentication: undefined }],
    ['B-01 clientAuthentication', { clientAuthentication: { method: 'tls' } }],
    ['B-01 clientAuthentication', { clientAuthentication: { method: 'client_secret_post' } }],
    [
      'B-01 clientAuthentication',
      { clientAuthentication: { method: 'client_secret_basic', secret: '' } },
    ],
    [
      'B-01 clientAuthentication',
      { clientAuthentication: { method: 'private_key_jwt', key: 'pem' } },
    ],
    [
      'B-01 clientAuthentication.key',
      { clientAuthentication: { method: 'private_key_jwt', key: pair.publicKey } },
    ],
    [
      'B-01 clientAuthentication.secret',
      { clientAuthentication: { method: 'client_secret_post', secret: 5 } },
    ],
    ['B-59 baseUrl', { baseUrl: 'http://app.example' }],
    ['B-06 baseUrl', { baseUrl: 'https://app.example/app' }],
    ['B-06 baseUrl', { baseUrl: 'https://user@app.example' }],
    ['B-06 baseUrl', { baseUrl: 'app.example' }],
    ['B-06 basePath', { basePath: 'bff' }],
    ['B-06 basePath', { basePath: '/bff/' }],
    ['B-06 basePath', { basePath: '/' }],
    ['B-06 name', { name: 'a;b' }],
    ['B-06 name', { name: 'a.b' }],
    ['B-06 sameSite', { sameSite: 'none' }],
    ['scope', { scope: 'profile' }],
    ['offlineAccess', { offlineAccess: 'always' }],
    ['authorizationParameters', { authorizationParameters: 'display=popup' }],
    ['authorizationParameters', { authorizationParameters: { prompt: 'consent' } }],
    ['authorizationParameters', { authorizationParameters: { redirect_uri: '/x' } }],
    ['claims', { claims: 'sub' }],
    ['idleTimeoutMs', { idleTimeoutMs: 0 }],
    ['absoluteTimeoutMs', { absoluteTimeoutMs: '1h' }],
    ['signInErrorPath', { signInErrorPath: 'https://evil.example' }],
    ['loggedOutPath', { loggedOutPath: '//evil.example' }],
    ['mediated', { mediated: {} }],
    ['resource', { resource: ['orders'] }],
    ['onEvent', { onEvent: 'log' }],
    ['maxWebSocketsPerSession', { maxWebSocketsPerSession: 0 }],
    ['maxWebSocketsPerSession', { maxWebSocketsPerSession: '8' }],
    ['B-57 dpop', { dpop: true }],
    ['B-57 dpop', { dpop: null }],
    ['B-57 dpop.privateKey', { dpop: { ...pair, privateKey: pair.publicKey } }],
    ['B-57 dpop.privateKey', { dpop: { ...pair, privateKey: hmac } }],
    ['B-57 dpop.publicKey', { dpop: { privateKey: pair.privateKey } }],
    ['B-57 dpop', { dpop: { ...pair, publicKey: another.publicKey } }],
    ['B-57 mediated', { dpop: pair, mediated: [{}] }],
    ['B-48 keys', { keys: undefined }],
    ['B-48 keys', { keys: [] }],
    ['B-48 keys', { keys: [{ kid: 'a.b', secret: KEY_ONE.secret }] }],
    ['B-48 keys', { keys: [KEY_ONE, KEY_ONE] }],
    ['B-48 keys', { keys: [{ kid: 'k', secret: 'short' }] }],
    ['B-48 keys', { keys: [{ kid: 'k', secret: new Uint8Array(32) }] }],
    ['B-48 keys', { keys: [{ kid: 'k', secret: 'a'.repeat(64) }] }],
    ['B-48 keys', { keys: [{ kid: 'k', secret: `change-me-${'x'.repeat(50)}` }] }],
    [
      'B-48 keys',
      { keys: [{ kid: 'k', secret: 'my password is long enough for thirty-two bytes' }] },
    ],
  ])('refuses a wrong %s, by its name', (name, change) => {
    const option = name.replace(/^B-\d+ /, '')
    const wrong = () => createBff({ ...right, ...change } as BffOptions)
    expect(wrong).toThrow(TypeError)
    expect(wrong).toThrow(new RegExp(`\\b${option}\\b`))
  })

  test.each<[where: string, name: string, change: object]>([
    ['createBff', 'frontChannelLogout', { frontChannelLogout: true }],
    ['proxy: up', 'method', { proxy: [{ name: 'up', upstream: 'https://up.example', method: 1 }] }],
    [
      'webSockets: up',
      'scopes',
      { webSockets: [{ name: 'up', upstream: 'wss://up.x', scopes: 'x' }] },
    ],
    ['mediated', 'scopes', { mediated: [{ scopes: 'orders' }] }],
    ['idToken', 'audience', { idToken: { audience: ['api'] } }],
    [
      'clientAuthentication',
      'key',
      { clientAuthentication: { method: 'client_secret_basic', secret: 'a-secret', key: 1 } },
    ],
  ])(
    'refuses in %s the name %s, which is none, and says which there are',
    (where, name, change) => {
      const wrong = () => createBff({ ...right, ...change })
      expect(wrong).toThrow(TypeError)
      expect(wrong).toThrow(new RegExp(`${where}: ${name} is not known here; there are .*\\w, \\w`))
    },
  )

  test('takes for nothing what is undefined', () => {
    expect(() => createBff({ ...right, ...{ older: undefined } })).not.toThrow()
  })

  test('refuses sessions in memory in production, unless they are asked for', () => {
    const production = { ...runtimeEnvironment, isProduction: true }
    expect(() => createBff(right, production)).toThrow(/store: .*production/)
  })
})

const database = { exec() {}, prepare() {} }
const evaluate = async () => 1
const authorizeUpgrade = async () => null

test.each<[option: string, call: string, wrong: () => unknown]>([
  ['maxbytes', 'sealedCookies', () => sealedCookies({ maxbytes: 5000 } as never)],
  ['denyList', 'sealedCookies', () => sealedCookies({ denyList: {} } as never)],
  ['denyList', 'sealedCookies', () => sealedCookies({ denyList: sealedCookies() } as never)],
  // As if it were the deny-list: there would be none.
  ['denyList', 'sealedCookies', () => sealedCookies(createMemoryStore() as never)],
  ['maxSession', 'createMemoryStore', () => createMemoryStore({ maxSession: 5 } as never)],
  ['allowInProduction', '', () => createMemoryStore({ allowInProduction: 'no' } as never)],
  ['prefx', 'createRedisStore', () => createRedisStore({ evaluate, prefx: 'a' } as never)],
  [
    'busyTimeout',
    'createSqliteStore',
    () => createSqliteStore({ database, busyTimeout: 5 } as never),
  ],
  ['database', '', () => createSqliteStore(undefined as never)],
  ['https', 'createNodeFetch', () => createNodeFetch({ http: { Agent, request } } as never)],
  ['bff', 'toNodeHandler', () => toNodeHandler({} as never)],
  ['ws', 'toUpgradeHandler', () => toUpgradeHandler({ authorizeUpgrade }, {} as never)],
])('what stands beside createBff names a wrong `%s`: %s', (option, call, wrong) => {
  expect(wrong).toThrow(TypeError)
  expect(wrong).toThrow(new RegExp(`^${call}.*\\b${option}\\b`))
})
