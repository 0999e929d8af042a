import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../support/free-port.ts'
import { startDaemon } from '../daemon.ts'
import { debianVersion } from '../installed.ts'
import { people, type Rig } from '../rig.ts'

const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'
const ADMIN = { username: 'admin', password: 'password' }

const CONTINUE = 'button[title="Continue to client application"]'
const LOGOUT = 'button:has-text("Logout")'

/** Glewlwyd: C, Debian package. Its administration is an API, and its sign-in page is a React application. */
export const glewlwyd: Rig = {
  name: 'Glewlwyd',
  language: 'C',
  traits: {
    rotation: 'same',
    answerLost: 'token',
    silent: 'refused',
    noSession: 'error',
    cancel: undefined,
    change: 'sign-out',
    signOut: 'provider',
  },
  version: () => debianVersion('glewlwyd'),
  async start({ folder, front, app }) {
    const port = await freePort()
    const database = join(folder, 'glewlwyd.db')
    execFileSync('sqlite3', [database, `.read ${SCHEMA}`])
    const config = join(folder, 'glewlwyd.conf')
    const pages = copyPages(folder)
    writeFileSync(config, configuration({ port, database, pages, external: front.origin }))
    front.connect(port)
    const daemon = await startDaemon('glewlwyd', [`--config-file=${config}`], {
      cwd: folder,
      ready: `http://127.0.0.1:${port}/config/`,
    })
    try {
      await configure(`http://127.0.0.1:${port}/api`, `${front.origin}/api/oidc`, app)
    } catch (error) {
      await daemon.close()
      throw error
    }
    return { issuer: `${front.origin}/api/oidc`, close: daemon.close }
  },
  signIn: [
    {
      see: '#username',
      async act(page, person) {
        // React's own inputs: Firefox hands them no value that was not typed.
        await page.locator('#username').pressSequentially(person)
        await page.locator('#password').pressSequentially(people[person].password)
        await page.locator('#password').press('Enter')
      },
    },
    {
      see: 'button:text-is("Grant access")',
      async act(page) {
        for (const box of await page.locator('input[type=checkbox]:enabled').all())
          await box.check()
        await page.locator('button:text-is("Grant access")').click()
      },
    },
    { see: CONTINUE, act: (page) => page.locator(CONTINUE).click() },
  ],
  refuse: [],
  signOut: [{ see: LOGOUT, act: (page) => page.locator(LOGOUT).first().click() }],
}

/** The package's own pages. Its `config.json` is a folder there, which the pages cannot read. */
function copyPages(folder: string): string {
  const pages = join(folder, 'webapp')
  cpSync('/usr/share/glewlwyd/webapp', pages, { recursive: true, dereference: true })
  rmSync(join(pages, 'config.json'), { recursive: true })
  copyFileSync('/usr/share/glewlwyd/templates/config.json', join(pages, 'config.json'))
  return `${pages}/`
}

interface Configuration {
  pages: string
  port: number
  database: string
  external: string
}

const configuration = ({ port, database, pages, external }: Configuration) => `
port=${port}
bind_address="127.0.0.1"
external_url="${external}"
login_url="login.html"
api_prefix="api"
static_files_path="${pages}"
static_files_mime_types=(
  { extension = ".html", mime_type = "text/html" },
  { extension = ".css", mime_type = "text/css" },
  { extension = ".js", mime_type = "application/javascript" },
  { extension = ".json", mime_type = "application/json" }
)
allow_origin="*"
allow_methods="GET, POST, PUT, DELETE, OPTIONS"
allow_headers="Origin, X-Requested-With, Content-Type, Accept, Authorization"
log_mode="console"
log_level="INFO"
cookie_secure=false
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
login_api_enabled=true
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database={ type="sqlite3", path="${database}" }
`

interface ClientModule {
  parameters: { 'data-format': Record<string, object> }
}

/** What an administrator does: the OpenID Connect plugin, scopes, a public client, two users. */
async function configure(api: string, issuer: string, app: string): Promise<void> {
  const signedIn = await fetch(`${api}/auth/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const send = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', cookie }
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
    const response = await fetch(`${api}/${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const post = (path: string, body: object) => send('POST', path, body)
  // The end-session endpoint looks for a member that clients do not have as they come.
  const clients = (await (await send('GET', 'mod/client/database')).json()) as ClientModule
  const uris = { multiple: true, read: true, write: true }
  clients.parameters['data-format']['post_logout_redirect_uris'] = uris
  await send('PUT', 'mod/client/database', clients)
  await send('PUT', 'mod/client/database/reset')
  for (const name of ['profile', 'email', 'offline_access']) {
    const scope = {
      name,
      display_name: name,
      description: name,
      password_required: false,
      scheme: {},
    }
    await post('scope/', scope)
  }
  await post('mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'OpenID Connect',
    enabled: true,
    parameters: pluginParameters(issuer),
  })
  await post('client/?source=database', {
    client_id: 'spa',
    name: 'App',
    enabled: true,
    confidential: false,
    scope: ['openid', 'profile', 'email', 'offline_access'],
    redirect_uri: [app],
    post_logout_redirect_uris: [app],
    authorization_type: ['code', 'refresh_token'],
    token_endpoint_auth_method: ['none'],
  })
  for (const [username, { name, email, password }] of Object.entries(people)) {
    const scope = ['openid', 'profile', 'email', 'offline_access', 'g_profile']
    await post('user/?source=database', { username, name, email, password, scope, enabled: true })
  }
}

function pluginParameters(iss: string): object {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    iss,
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    key: privateKey,
    cert: publicKey,
    'subject-type': 'public',
    'access-token-duration': 3600,
    'refresh-token-duration': 1209600,
    'code-duration': 600,
    'refresh-token-rolling': true,
    'refresh-token-one-use': 'never',
    'allowed-scope': ['openid', 'profile', 'email'],
    'allow-non-oidc': false,
    'auth-type-code-enabled': true,
    'auth-type-refresh-enabled': true,
    'auth-type-token-enabled': false,
    'auth-type-password-enabled': false,
    'auth-type-client-enabled': false,
    'jwks-show': true,
    'pkce-allowed': true,
    'pkce-method-plain-allowed': false,
    'name-claim': 'on-demand',
    'name-claim-scope': ['profile'],
    'email-claim': 'on-demand',
    'email-claim-scope': ['email'],
    'introspection-revocation-allowed': true,
    'introspection-revocation-allow-target-client': true,
    'introspection-revocation-auth-scope': [],
    'session-management-allowed': true,
    'session-cookie-name': 'GLEWLWYD2_OIDC_SID',
    'session-cookie-expiration': 2419200,
    'front-channel-logout-allowed': true,
    'back-channel-logout-allowed': false,
    'oauth-as-iss-id': true,
  }
}
