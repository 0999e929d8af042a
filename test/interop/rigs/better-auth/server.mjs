// An identity provider as better-auth's documentation has it: its handler, and the two pages that an application brings.
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import { createServer } from 'node:http'

const { origin, port, app, people } = JSON.parse(process.env['RIG'] ?? '{}')

/** @type {Record<string, any[]>} */
const database = Object.fromEntries(
  [
    ...['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthConsent'],
    ...['oauthAccessToken', 'oauthRefreshToken', 'oauthResource', 'oauthClientResource'],
    ...['oauthClientAssertion', 'oauthDeviceCode', 'oauthPushedRequest', 'rateLimit'],
  ].map((table) => [table, []]),
)
const auth = betterAuth({
  baseURL: origin,
  secret: 'of no value: the process forgets everything',
  database: memoryAdapter(database),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  disabledPaths: ['/token'],
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: 'RS256' } }, jwt: { issuer: `${origin}/api/auth` } }),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
})

for (const { name, email, password } of Object.values(people)) {
  await auth.api.signUpEmail({ body: { name, email, password } })
}
const { adapter } = await auth.$context
await adapter.create({
  model: 'oauthClient',
  forceAllowId: true,
  data: {
    clientId: 'spa',
    name: 'App',
    public: true,
    type: 'user-agent-based',
    tokenEndpointAuthMethod: 'none',
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    redirectUris: [app],
    postLogoutRedirectUris: [app],
    enableEndSession: true,
    requirePKCE: true,
    disabled: false,
    createdAt: new Date(),
    updatedAt: new Date(),
  },
})

/** @param {string} body @param {string} script */
const page = (body, script) => `<!doctype html><meta charset="utf-8"><title>Sign in</title>${body}
<script type="module">
const post = async (path, body) => {
  const answer = await fetch('/api/auth' + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, oauth_query: location.search.slice(1) }),
  })
  const { url, redirect_uri = url, message } = await answer.json()
  if (redirect_uri) location.href = redirect_uri
  else document.body.append(message ?? 'No way on')
}
${script}
</script>`

const pages = {
  '/sign-in': page(
    '<form><input name="email"><input name="password" type="password"><button>Sign in</button></form>',
    `document.forms[0].onsubmit = (event) => {
      event.preventDefault()
      void post('/sign-in/email', Object.fromEntries(new FormData(event.target)))
    }`,
  ),
  '/consent': page(
    '<button id="allow">Allow</button><button id="deny">Deny</button>',
    `allow.onclick = () => post('/oauth2/consent', { accept: true })
    deny.onclick = () => post('/oauth2/consent', { accept: false })`,
  ),
}

const handle = toNodeHandler(auth)
const CORS = {
  'access-control-allow-origin': new URL(app).origin,
  'access-control-allow-headers': 'authorization, content-type',
}
/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  const { pathname } = new URL(request.url ?? '/', origin)
  for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value)
  if (request.method === 'OPTIONS') return response.writeHead(204).end()
  const html = Object.hasOwn(pages, pathname) && pages[/** @type {'/consent'} */ (pathname)]
  if (html) return response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  if (pathname === '/api/auth/.well-known/openid-configuration') {
    const metadata = await auth.api.getOpenIdConfig()
    return response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(metadata))
  }
  return handle(request, response)
}

createServer((request, response) => {
  answer(request, response).catch(() => response.destroy())
}).listen(port, '127.0.0.1')
