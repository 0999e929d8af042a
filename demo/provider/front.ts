import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault, Faults } from './faults.ts'
import { forward, read, type Answer } from './forward.ts'
import { createGrace } from './grace.ts'
import { OFFLINE } from './oidc.ts'
import { endpointOf, fingerprint, type RequestEntry, type RequestLog } from './requests.ts'
import type { Secrets } from './secrets.ts'
import type { ProviderSettings } from './settings.ts'
import { spoiledAnswer } from './spoiled.ts'
import type { TokenAnswers } from './token-answers.ts'

export interface FrontParts {
  /** The port oidc-provider listens on. */
  behind: () => number
  settings: ProviderSettings
  faults: Faults
  log: RequestLog
  secrets: Secrets
  tokens: TokenAnswers
}

/** Stands before oidc-provider and sees every request: it counts, holds, spoils and changes. */
export function createFront(parts: FrontParts) {
  const { settings, faults, log, secrets, tokens } = parts
  const grace = createGrace(() => (settings.rotate ? settings.graceMs : 0))

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A browser sends a request again by itself when a reused connection breaks, so no connection is reused.
    response.setHeader('connection', 'close')
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const endpoint = endpointOf(url.pathname)
    const body = await read(request)
    if (request.method === 'OPTIONS') {
      return write(response, await forward(parts.behind(), request, request.url!, body))
    }
    const form = new URLSearchParams(body.toString())
    const grantType = form.get('grant_type') ?? undefined
    const entry = log.add(about(request, url, form))
    const started = performance.now()
    const fault = faults.take(endpoint, grantType)
    if (fault) log.change(entry, { fault: fault.mode })
    const answered = (answer: Answer) => {
      log.change(entry, { status: answer.status, ms: Math.round(performance.now() - started) })
      write(response, answer)
    }

    if ((await faults.gate(endpoint, grantType, false)) === 'drop') return broken(response)
    if (fault?.mode === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms))
    if (fault?.mode === 'reset') return broken(response)
    if (fault?.mode === 'hang') return silent(response)
    const spoiled = fault && spoiledAnswer(fault, request, url, settings)
    if (spoiled) return answered(spoiled)

    const path = pathFor(url)
    let answer =
      grantType === 'refresh_token' ? await grace(body.toString(), () => act()) : await act()

    async function act() {
      const given = await forward(parts.behind(), request, path, body)
      return endpoint === 'token' ? tokens.change(given, grantType) : given
    }
    secrets.learn(endpoint, answer)
    if (endpoint === 'token' && answer.status !== 200) log.change(entry, { error: errorOf(answer) })
    if ((await faults.gate(endpoint, grantType, true)) === 'drop') return broken(response)
    if (fault?.mode === 'drop-answer') return broken(response)
    if (fault?.mode === 'lose-answer') return silent(response)
    answer = { ...answer, headers: headersFor(answer, fault) }
    return answered(answer)
  }

  async function silent(response: ServerResponse) {
    await faults.silence()
    broken(response)
  }

  /** Rewrites what oidc-provider would not understand. */
  function pathFor(url: URL): string {
    const { pathname, searchParams } = url
    if (pathname === '/auth' && /\boffline_access\b/.test(searchParams.get('scope') ?? '')) {
      searchParams.set(OFFLINE, '1')
    }
    const hint = searchParams.get('id_token_hint')
    if (hint) searchParams.set('id_token_hint', tokens.original(hint))
    return `${pathname}${url.search}`
  }

  function headersFor({ headers }: Answer, fault: Fault | undefined) {
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers
    if (fault?.mode === 'no-cors') delete kept['access-control-allow-origin']
    // Answers that set cookies keep their `Date`: browsers count `Expires` from it, and would drop the cookies at once.
    if (!kept['set-cookie']) kept.date = new Date(Date.now() + settings.clockOffsetMs).toUTCString()
    return kept
  }
}

function about(request: IncomingMessage, url: URL, form: URLSearchParams) {
  const endpoint = endpointOf(url.pathname)
  const entry: Omit<RequestEntry, 'id' | 'at'> = { endpoint, method: request.method ?? 'GET' }
  const grantType = form.get('grant_type')
  if (grantType) entry.grantType = grantType
  const secret = form.get('refresh_token') ?? (endpoint === 'revocation' ? form.get('token') : null)
  if (secret) entry.refreshToken = fingerprint(secret)
  const prompt = url.searchParams.get('prompt')
  if (prompt) entry.prompt = prompt
  return entry
}

function errorOf({ body }: Answer): string {
  try {
    return String((JSON.parse(body.toString()) as { error?: unknown }).error)
  } catch {
    return 'unreadable'
  }
}

function broken(response: ServerResponse) {
  response.destroy()
}

function write(response: ServerResponse, { status, headers, body }: Answer) {
  if (response.destroyed) return
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = headers
  response.writeHead(status, kept)
  response.end(body)
}
