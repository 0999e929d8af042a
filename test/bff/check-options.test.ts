import { generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { createBff } from '../../src/bff/create-bff.ts'
import { runtimeEnvironment } from '../../src/bff/environment.ts'
import type { BffOptions } from '../../src/bff/options.ts'
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

describe('createBff', () => {
  test('starts with right options', () => {
    expect(() => createBff(right)).not.toThrow()
    expect(() => createBff({ ...right, dpop: pair })).not.toThrow()
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
    const option = name.split(' ').at(-1)!
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
