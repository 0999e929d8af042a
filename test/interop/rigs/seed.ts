import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { accounts, findAccount } from '../../../demo/provider/accounts.ts'
import { defaultSettings } from '../../../demo/provider/settings.ts'
import { signIn } from '../../../demo/provider/sign-in.ts'
import { createStorage } from '../../../demo/provider/storage.ts'
import { freePort } from '../../support/free-port.ts'
import { versionOf } from '../../package/pack.ts'
import type { Rig, Step } from '../rig.ts'

const [alice, bob] = accounts as [(typeof accounts)[0], (typeof accounts)[0]]

const choose: Step = {
  see: 'button[name=user]',
  act: (page, person) => page.locator(`button[value=${person}]`).click(),
}

/**
 * oidc-provider with the settings of an Authing tenant: the issuer has a path, a refresh token needs `prompt=consent`
 * and stays the same at each refresh.
 */
export const seed = (algorithm: 'RS256' | 'HS256'): Rig => ({
  name: `oidc-provider as an Authing tenant, ${algorithm}`,
  language: 'JavaScript',
  people: { alice, bob },
  client: {
    offlineAccess: 'consent',
    // The key of HS256 is the client's secret, which no browser has.
    ...(algorithm === 'HS256' && { idToken: { verification: 'tls' } }),
  },
  traits: {
    rotation: 'same',
    answerLost: 'token',
    silent: 'code',
    noSession: 'error',
    cancel: 'access_denied',
    change: 'login',
    signOut: 'provider',
  },
  version: () => versionOf('oidc-provider'),
  async start({ front, app }) {
    const port = await freePort()
    front.connect(port)
    const issuer = `${front.origin}/oidc`
    const provider = createProvider(issuer, algorithm, app)
    const callback = provider.callback()
    const server = createServer((request, response) => {
      const { url = '/' } = request
      if (url.startsWith('/oidc/')) {
        // As a framework does that mounts it under a path: oidc-provider builds its own addresses from the original.
        Object.assign(request, { originalUrl: url, url: url.slice('/oidc'.length) })
        return void callback(request, response)
      }
      signIn(provider, defaultSettings, request, response).catch((error: Error) =>
        response.writeHead(400).end(error.message),
      )
    })
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve))
    return {
      issuer,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  },
  signIn: [choose],
  refuse: [{ see: choose.see, act: (page) => page.locator('button[value=nobody]').click() }],
  signOut: [{ see: 'button[value=yes]', act: (page) => page.locator('button[value=yes]').click() }],
})

function createProvider(issuer: string, algorithm: 'RS256' | 'HS256', app: string): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  return new Provider(issuer, {
    adapter: createStorage(),
    jwks: { keys: [key] },
    clients: [
      {
        client_id: 'spa',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [app],
        post_logout_redirect_uris: [app],
        id_token_signed_response_alg: algorithm,
        ...(algorithm === 'HS256' && { client_secret: 'thirty-two bytes that nobody else knows' }),
      },
    ],
    clientBasedCORS: (_ctx, origin) => app.startsWith(origin),
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    cookies: { keys: ['of no value: the process forgets everything'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: { enabled: true },
    },
    findAccount: (_ctx, sub) => {
      const account = findAccount(sub)
      return account && { accountId: sub, claims: async () => ({ ...account }) }
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    rotateRefreshToken: false,
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'HS256'] },
    // What oidc-provider has a default for and a notice, which nobody reads here.
    ttl: {
      ...{ AccessToken: 3600, AuthorizationCode: 60, IdToken: 3600, Interaction: 3600 },
      ...{ Grant: 14 * 24 * 3600, RefreshToken: 14 * 24 * 3600, Session: 14 * 24 * 3600 },
    },
  })
}
