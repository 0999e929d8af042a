import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import { createControl } from './control.ts'
import { watchFamilies, type Family } from './families.ts'
import { escapeHtml } from './escape-html.ts'
import { createFaults, type Fault, type Faults } from './faults.ts'
import { createFront } from './front.ts'
import { createOidc } from './oidc.ts'
import { page } from './page.ts'
import { createRequestLog, type RequestLog } from './requests.ts'
import { createSecrets, type IssuedSecrets } from './secrets.ts'
import { defaultSettings, type ProviderSettings } from './settings.ts'
import { signIn } from './sign-in.ts'
import { createTokenAnswers, type Alterations } from './token-answers.ts'

export interface ProviderOptions extends Partial<ProviderSettings> {
  /** Default: any free port. */
  port?: number
  /** How the issuer names itself; served on 127.0.0.1 either way. Default 127.0.0.1. */
  hostname?: '127.0.0.1' | 'localhost'
  /** Public clients. Default: 'spa'. */
  clients?: string[]
  /** Resources whose access tokens are JWTs (RFC 9068); of all others they are opaque. Default: none. */
  apis?: string[]
  /** Whether the switches are served over HTTP under /control. Default false. */
  control?: boolean
}

/** A real OpenID provider in memory, with switches for everything that goes wrong. */
export interface StandInProvider {
  readonly issuer: string
  readonly settings: Readonly<ProviderSettings>
  change(settings: Partial<ProviderSettings>): void
  fail(fault: Fault): void
  hold: Faults['hold']
  recover: Faults['recover']
  faults: Faults['active']
  /** Changes token answers from now on; without an argument no more. */
  alter(alterations?: Alterations): void
  requests: RequestLog['list']
  observe: RequestLog['observe']
  /** Called when settings, faults or families may have changed. */
  observeState(listener: () => void): () => void
  families(): Family[]
  /** Ends every family, so that its next refresh is `invalid_grant`. */
  revokeAll(): Promise<void>
  /** Gives every credential ever issued, for leak scans; never over HTTP. */
  secrets(): IssuedSecrets
  /** Resets settings, faults and log to the start. Sessions and tokens stay. */
  reset(): void
  close(): Promise<void>
}

export async function startProvider(options: ProviderOptions = {}): Promise<StandInProvider> {
  const { port = 0, hostname = '127.0.0.1', control = false, ...more } = options
  const { clients = ['spa'], apis = [], ...given } = more
  const initial: ProviderSettings = { ...defaultSettings, ...given }
  const settings = { ...initial }
  const key = signingKey()

  const front = createServer()
  const behind = createServer()
  await Promise.all([listen(front, port), listen(behind, 0)])
  const issuer = `http://${hostname}:${portOf(front)}`

  const oidc = createOidc(issuer, { clients, apis, key, settings })
  const callback = oidc.callback()
  behind.on('request', (request, response) => {
    signIn(oidc, settings, request, response).then(
      (done) => (done ? undefined : callback(request, response)),
      (error: Error) =>
        response
          .writeHead(400, { 'content-type': 'text/html; charset=utf-8' })
          .end(
            page(
              'Error',
              `<h1>This sign-in is over</h1><p>Begin a new one in the app. (${escapeHtml(error.message)})</p>`,
            ),
          ),
    )
  })

  const log = createRequestLog()
  const faults = createFaults()
  const secrets = createSecrets()
  const families = watchFamilies(oidc)
  const alterations: Alterations = {}
  const listeners = new Set<() => void>()
  const changed = () => listeners.forEach((listener) => listener())
  log.observe((entry) => (entry.status !== undefined || entry.fault) && changed())

  const provider: StandInProvider = {
    issuer,
    settings,
    change(more) {
      Object.assign(settings, more)
      changed()
    },
    fail(fault) {
      faults.fail(fault)
      changed()
    },
    hold: faults.hold,
    recover(endpoint) {
      faults.recover(endpoint)
      changed()
    },
    faults: faults.active,
    alter(more = {}) {
      Object.assign(alterations, { body: undefined, idToken: undefined }, more)
    },
    requests: log.list,
    observe: log.observe,
    observeState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    families: families.list,
    async revokeAll() {
      await families.revokeAll()
      changed()
    },
    secrets: secrets.list,
    reset() {
      Object.assign(settings, initial)
      faults.recover()
      provider.alter()
      log.reset()
      families.reset()
      secrets.reset()
      changed()
    },
    async close() {
      await Promise.all([stop(front), stop(behind)])
    },
  }

  const tokens = createTokenAnswers(key, settings, alterations)
  const parts = { settings, faults, log, secrets, tokens, behind: () => portOf(behind) }
  const answer = createFront(parts)
  const switches = createControl(provider)
  front.on('request', (request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer)
    const switching = control && pathname.startsWith('/control/')
    const done = switching ? switches(request, response, pathname) : answer(request, response)
    done.catch(() => response.destroy())
  })
  return provider
}

let made: JWK | undefined

/** Made once per process: it takes longer than all else that a provider does at its start. */
function signingKey(): JWK {
  if (made) return made
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  made = { ...privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
  return made
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
