import { createAuthClient, type AuthClientOptions } from 'evertoken/core'
import { expect, test } from 'vitest'

const right = { issuer: 'https://id.example.com', clientId: 'spa' }
const metadata = {
  issuer: 'https://other.example',
  authorization_endpoint: 'https://other.example/a',
  token_endpoint: 'https://other.example/t',
}

test.each<[option: string, given: object]>([
  ['issuer', { issuer: undefined }],
  ['issuer', { issuer: '' }],
  ['issuer', { issuer: 'id.example.com' }],
  ['issuer', { issuer: 'http://id.example.com' }],
  ['issuer', { issuer: 'https://id.example.com?x' }],
  ['issuer', { issuer: 'https://id.example.com/.well-known/openid-configuration' }],
  ['clientId', { clientId: undefined }],
  ['clientId', { clientId: '' }],
  ['clientId', { clientId: 1 }],
  ['redirectUri', { redirectUri: 'http://[' }],
  ['redirectUri', { redirectUri: 1 }],
  ['redirectUri', { redirectUri: '/#/callback' }],
  ['postLogoutRedirectUri', { postLogoutRedirectUri: 'http://[' }],
  ['workerUrl', { workerUrl: new URL('https://app.example/') }],
  ['scope', { scope: 'profile' }],
  ['scope', { scope: ['openid'] }],
  ['offlineAccess', { offlineAccess: true }],
  ['resource', { resource: '/api' }],
  ['resource', { resource: ['https://api.example/#x'] }],
  ['vault', { vault: 'cookie' }],
  ['tabs', { tabs: 'all' }],
  ['metadata', { metadata: 'https://id.example.com' }],
  ['metadata.issuer', { metadata }],
  ['idToken', { idToken: 'tls' }],
  ['idToken.verification', { idToken: { verification: 'none' } }],
  ['renewal', { renewal: 60 }],
  ['renewal.minValidity', { renewal: { minValidity: -1 } }],
  ['renewal.minValidity', { renewal: { minValidity: NaN } }],
  ['silentSignIn', { silentSignIn: true }],
  ['navigate', { navigate: '/home' }],
  ['userSchema', { userSchema: { parse() {} } }],
  ['protectedResources', { protectedResources: 'https://api.example/' }],
  ['protectedResources', { protectedResources: ['http://api.example/'] }],
  ['protectedResources', { protectedResources: ['https://api.example/?a=b'] }],
  ['protectedResources', { protectedResources: [{ resource: 'https://api.example/' }] }],
  ['protectedResources', { protectedResources: [null] }],
  ['protectedResources', { protectedResources: [{ url: '/api', scope: ['a'] }] }],
  ['protectedResources', { protectedResources: [{ url: '/api', bff: 'orders' }] }],
  ['resource', { protectedResources: [{ url: '/api', resource: 'api' }] }],
  ['clientID', { clientID: 'spa' }],
  // The message of a mistaken name has the right one, too.
  ['clientId', { client_id: 'spa' }],
  ['client_secret', { client_secret: 's' }],
  ['client_secret', { clientSecret: 's' }],
])('A-17 U21 throws a TypeError that names a wrong %s: %j', (option, given) => {
  const options = { ...right, ...given } as AuthClientOptions
  expect(() => createAuthClient(options)).toThrow(TypeError)
  expect(() => createAuthClient(options)).toThrow(`\`${option}\``)
})

test.each([
  ['redirect_uri', 'redirectUri'],
  ['redirectUrl', 'redirectUri'],
  ['protectedResource', 'protectedResources'],
  ['scopes', 'scope'],
  ['authority', 'issuer'],
  ['audience', 'resource'],
])('says of `%s` that it is `%s` here', (wrong, meant) => {
  const options = { ...right, [wrong]: 'https://api.example/' }
  expect(() => createAuthClient(options)).toThrow(
    `\`${wrong}\` is not an option: did you mean \`${meant}\`?`,
  )
})

test('U18 accepts right options, also on a server, and touches nothing', () => {
  for (const given of [
    {},
    { issuer: 'http://localhost:9000/realm' },
    { resource: ['https://api.example/', 'urn:example:api'] },
    {
      redirectUri: '/callback',
      postLogoutRedirectUri: 'https://app.example/bye',
      workerUrl: '/w.js',
    },
    { scope: 'openid', offlineAccess: false as const, renewal: { minValidity: 0 } },
    { issuer: metadata.issuer, metadata },
    { scope: undefined, resource: undefined, userSchema: undefined, navigate: undefined },
  ]) {
    expect(createAuthClient({ ...right, ...given }).getSession()).toEqual({ status: 'restoring' })
  }
})
