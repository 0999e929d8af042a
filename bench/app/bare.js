// The least that signs in and survives a reload: oauth4webapi, and the refresh token in sessionStorage. Nothing is
// renewed, shared between tabs, or verified beyond what the library does unasked.
import * as oauth from 'oauth4webapi'
import { hurry, issuer, ready } from './page.js'

const client = { client_id: 'bench', token_endpoint_auth_method: 'none' }
const redirectUri = location.origin + location.pathname
const http = { [oauth.allowInsecureRequests]: true }
const none = oauth.None()

async function discover() {
  const known = sessionStorage.getItem('metadata')
  if (known) return JSON.parse(known)
  const response = await oauth.discoveryRequest(new URL(issuer), http)
  const server = await oauth.processDiscoveryResponse(new URL(issuer), response)
  sessionStorage.setItem('metadata', JSON.stringify(server))
  return server
}

async function signIn() {
  const server = await discover()
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  sessionStorage.setItem('transaction', JSON.stringify({ verifier, state, nonce }))
  const url = new URL(server.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: 'bench',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString()
  location.assign(url)
}

async function callback() {
  const server = await discover()
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem('transaction') ?? '{}')
  const parameters = oauth.validateAuthResponse(server, client, new URL(location.href), state)
  history.replaceState(null, '', location.pathname)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    none,
    parameters,
    redirectUri,
    verifier,
    http,
  )
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  })
}

/** @param {string} token */
async function refresh(token) {
  const server = await discover()
  const response = await oauth.refreshTokenGrantRequest(server, client, none, token, http)
  return oauth.processRefreshTokenResponse(server, client, response)
}

const held = sessionStorage.getItem('refresh_token')
const back = location.search.includes('code=')
if (back || held) {
  const tokens = back ? await callback() : await refresh(held ?? '')
  sessionStorage.setItem('refresh_token', tokens.refresh_token ?? '')
  ready(tokens.access_token, 'page')
} else hurry(signIn)
