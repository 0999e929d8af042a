// In Node, against a provider in the same process: what evertoken itself costs, beside the same protocol library used
// bare. The page vault stands for the worker, which adds two messages and takes nothing away.
import * as oauth from 'oauth4webapi'
import { createClient, createTestProvider } from './built.mjs'
import { inTurn, timed } from './measure.mjs'
import { createPage, whereTo } from './page.mjs'

const issuer = 'https://id.example'
const redirectUri = 'https://app.example/'
const scope = 'openid profile email offline_access'
const options = { issuer, clientId: 'bench' }
const bare = { client_id: 'bench', token_endpoint_auth_method: 'none' }
const publicClient = oauth.None()

/** @param {{ latency: number }} network milliseconds that each request takes on its way */
export async function benchNode({ latency }) {
  const provider = await createTestProvider({
    issuer,
    clientId: 'bench',
    alg: 'ES256',
    refreshIdToken: false,
  })
  /** @type {(url: string, init?: any) => Promise<Response>} */
  const fetch = async (url, init) => {
    if (latency > 0) await new Promise((resolve) => setTimeout(resolve, latency))
    return provider.fetch(url, init)
  }
  /**
   * Where the provider sends the browser. Signs here, while no clock runs.
   *
   * @param {string} url
   */
  const authorize = async (url) => {
    const query = provider.authorize(url)
    await provider.signAhead(new URLSearchParams(query).get('code') ?? '')
    return redirectUri + query
  }
  const viaBench = { [oauth.customFetch]: fetch }
  const server = /** @type {import('oauth4webapi').AuthorizationServer} */ (provider.metadata)

  /** A user of evertoken back from the provider, with what the tab remembers. */
  async function evertokenIsBack() {
    const { tab } = createPage(fetch, redirectUri)
    const client = createClient(options, () => tab.env)
    await client.whenSettled()
    // Settles when the page is still there after a while; this one is gone.
    void client.signIn()
    return createPage(fetch, await authorize(await whereTo(tab)), tab)
  }

  /** @param {ReturnType<typeof createPage>} there */
  async function evertokenSignsIn({ tab }) {
    const client = createClient(options, () => tab.env)
    const session = await client.whenSettled()
    if (session.status !== 'signed-in') throw new Error(`Not signed in: ${JSON.stringify(session)}`)
    await client.getAccessToken()
    return client
  }

  /** The same with the bare library, without looking at the signature. */
  async function bareIsBack() {
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const nonce = oauth.generateRandomNonce()
    const url = new URL(provider.metadata.authorization_endpoint ?? '')
    const challenge = await oauth.calculatePKCECodeChallenge(verifier)
    const query = { client_id: 'bench', redirect_uri: redirectUri, scope, state, nonce }
    url.search = new URLSearchParams({ ...query, code_challenge: challenge }).toString()
    return { url: new URL(await authorize(url.href)), verifier, state, nonce }
  }

  /** @param {Awaited<ReturnType<typeof bareIsBack>>} back */
  async function bareSignsIn({ url, verifier, state, nonce }) {
    const parameters = oauth.validateAuthResponse(server, bare, url, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      bare,
      publicClient,
      parameters,
      redirectUri,
      verifier,
      viaBench,
    )
    return oauth.processAuthorizationCodeResponse(server, bare, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
  }

  /** @param {string} token */
  async function bareRefreshes(token) {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      bare,
      publicClient,
      token,
      viaBench,
    )
    return oauth.processRefreshTokenResponse(server, bare, response)
  }

  const callback = await inTurn(latency > 0 ? 60 : 300, {
    evertoken: timed(evertokenIsBack, evertokenSignsIn),
    bare: timed(bareIsBack, bareSignsIn),
  })

  const page = await evertokenIsBack()
  const client = await evertokenSignsIn(page)
  const refreshToken = provider.plantRefreshToken()
  const nothing = async () => {}
  // Not `forceRefresh`: refreshes in a row are held apart. Two hours later the token has expired.
  const later = async () => page.pass(7_200_000)
  const cold = await inTurn(latency > 0 ? 60 : 300, {
    evertoken: timed(later, () => client.getAccessToken()),
    bare: timed(nothing, () => bareRefreshes(refreshToken)),
  })

  const calls = 100_000
  /** @param {() => Promise<string>} call */
  const many = (call) =>
    timed(nothing, async () => {
      for (let i = 0; i < calls; i++) await call()
    })
  const token = await client.getAccessToken()
  const { now, monotonic } = page.tab.env
  const warm = await inTurn(15, {
    evertoken: many(() => client.getAccessToken()),
    resolved: many(() => Promise.resolve(token)),
    // What no client that looks at the time can beat.
    clocks: many(() => {
      now()
      monotonic()
      return Promise.resolve(token)
    }),
  })

  return { callback, cold, warm: { ...warm, calls } }
}
