import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/free-port.ts'
import { startDaemon } from '../daemon.ts'
import { debianVersion } from '../installed.ts'
import type { Rig, Step } from '../rig.ts'

const PORTAL = fileURLToPath(new URL('./lemonldap/portal.psgi', import.meta.url))

/** Of its own demonstration accounts; a password there is the name. */
const accounts = { alice: 'dwho', bob: 'rtyler' } as const

// The form to sign in has such buttons, too, and they may be there before it is seen whole.
const AGREE = 'body:not(:has(#userfield)) .btn-success'
const REFUSE = 'body:not(:has(#userfield)) .btn-danger'

const signInForm: Step = {
  see: '#userfield',
  async act(page, person) {
    await page.locator('#userfield').fill(accounts[person])
    await page.locator('#passwordfield').fill(accounts[person])
    await page.locator('#passwordfield').press('Enter')
  },
}

/** LemonLDAP::NG: Perl, Debian package. Refresh tokens need consent there, and a refused one is `consent_required`. */
export const lemonldap: Rig = {
  name: 'LemonLDAP::NG',
  language: 'Perl',
  people: {
    alice: { name: 'Doctor Who', email: 'dwho@badwolf.org' },
    bob: { name: 'Rose Tyler', email: 'rtyler@badwolf.org' },
  },
  client: { offlineAccess: 'consent' },
  traits: {
    rotation: 'same',
    answerLost: 'token',
    silent: 'code',
    noSession: 'page',
    cancel: 'consent_required',
    change: 'sign-out',
    signOut: 'stays',
  },
  version: () => debianVersion('liblemonldap-ng-portal-perl'),
  async start({ folder, front, app }) {
    const port = await freePort()
    front.connect(port)
    const issuer = front.origin
    writeConfiguration(folder, issuer, app)
    const daemon = await startDaemon(
      'plackup',
      ['--env', 'production', '--host', '127.0.0.1', '--port', String(port), PORTAL],
      {
        cwd: folder,
        env: { LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini') },
        ready: `http://127.0.0.1:${port}/.well-known/openid-configuration`,
      },
    )
    return { issuer, close: daemon.close }
  },
  signIn: [signInForm, { see: AGREE, act: (page) => page.locator(AGREE).first().click() }],
  refuse: [signInForm, { see: REFUSE, act: (page) => page.locator(REFUSE).first().click() }],
  signOut: [{ see: AGREE, act: (page) => page.locator(AGREE).first().click() }],
}

function writeConfiguration(folder: string, issuer: string, app: string): void {
  const path = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true })
    return join(folder, name)
  }
  const store = (name: string) => ({
    Directory: path(name),
    LockDirectory: path(`${name}/lock`),
    generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
  })
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const configuration = {
    cfgNum: 1,
    cfgAuthor: 'test',
    cfgDate: '1627287638',
    cfgVersion: '2.16.1',
    portal: `${issuer}/`,
    domain: '127.0.0.1',
    cookieName: 'lemonldap',
    securedCookie: 0,
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Demo',
    registerDB: 'Demo',
    demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
    exportedVars: {},
    whatToTrace: 'uid',
    macros: {},
    groups: {},
    locationRules: { '127.0.0.1': { default: 'accept' } },
    exportedHeaders: {},
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: store('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: store('persistent'),
    localSessionStorage: '',
    portalSkin: 'bootstrap',
    key: 'of no value here',
    // Its sign-in form takes a token, once, so that no other page fills it in.
    requireToken: 1,
    issuerDBOpenIDConnectActivation: 1,
    issuerDBOpenIDConnectPath: '^/oauth2/',
    issuerDBOpenIDConnectRule: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServiceKeyIdSig: 'one',
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceIgnoreScopeForClaims: 0,
    oidcRPMetaDataExportedVars: { spa: { name: 'cn', email: 'mail' } },
    oidcRPMetaDataOptions: {
      spa: {
        oidcRPMetaDataOptionsDisplayName: 'App',
        oidcRPMetaDataOptionsClientID: 'spa',
        oidcRPMetaDataOptionsPublic: 1,
        oidcRPMetaDataOptionsRequirePKCE: 1,
        oidcRPMetaDataOptionsBypassConsent: 0,
        oidcRPMetaDataOptionsAllowOffline: 1,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsUserIDAttr: 'uid',
        oidcRPMetaDataOptionsRedirectUris: app,
        oidcRPMetaDataOptionsPostLogoutRedirectUris: app,
      },
    },
  }
  writeFileSync(join(path('conf'), 'lmConf-1.json'), JSON.stringify(configuration))
  writeFileSync(
    join(folder, 'lemonldap-ng.ini'),
    `[all]
logLevel = warn
[configuration]
type = File
dirName = ${path('conf')}
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
[manager]
`,
  )
}
