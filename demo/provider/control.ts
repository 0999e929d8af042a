import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fault } from './faults.ts'
import { read } from './forward.ts'
import { isLoopback } from './loopback.ts'
import type { StandInProvider } from './provider.ts'
import { recognise } from './recognise.ts'

/** How many of the last requests are told to who begins to listen. */
const TOLD_AT_ONCE = 500

/**
 * Serves the switches over HTTP to the playground's page: GET /control/state and /control/events, POST /control/*.
 * A page elsewhere cannot reach them: JSON needs a preflight, and only loopback origins pass it.
 */
export function createControl(provider: StandInProvider) {
  const posts: Record<string, (body: never) => unknown> = {
    settings: (more: Record<string, unknown>) => provider.change(known(more, provider)),
    fail: (fault: Fault) => provider.fail(fault),
    recover: ({ endpoint }: { endpoint?: Fault['endpoint'] }) => provider.recover(endpoint),
    revoke: () => provider.revokeAll(),
    reset: () => provider.reset(),
    recognise: ({ hashes }: { hashes: string[] }) => ({ kinds: recognise(hashes, provider) }),
  }
  const state = () => ({
    settings: provider.settings,
    faults: provider.faults(),
    requests: provider.requests(),
    families: provider.families(),
  })

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    const { origin } = request.headers
    if (origin && isLoopback(origin)) {
      response.setHeader('access-control-allow-origin', origin)
      response.setHeader('access-control-allow-headers', 'content-type')
      response.setHeader('vary', 'origin')
    }
    const action = path.slice('/control/'.length)
    const json = (status: number, value: unknown) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(JSON.stringify(value))
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end()
    if (origin && !isLoopback(origin)) return json(403, { error: 'loopback origins only' })
    if (request.method === 'GET' && action === 'state') return json(200, state())
    if (request.method === 'GET' && action === 'events') return events(response)
    const post = Object.hasOwn(posts, action) ? posts[action] : undefined
    if (request.method !== 'POST' || !post) return json(404, { error: 'no such switch' })
    if (!request.headers['content-type']?.startsWith('application/json')) {
      return json(415, { error: 'application/json' })
    }
    try {
      const answer = await post(JSON.parse((await read(request)).toString() || '{}') as never)
      return json(200, answer ?? state())
    } catch (error) {
      return json(400, { error: (error as Error).message })
    }
  }

  /** Sends what is so, then each request as a server-sent event when it arrives, and again when it is answered. */
  function events(response: ServerResponse) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    // Before the page listened it asked for the state, too: what came between the two would be missing.
    const { requests, ...now } = state()
    const told = { ...now, requests: requests.slice(-TOLD_AT_ONCE) }
    response.write(`event: state\ndata: ${JSON.stringify(told)}\n\n`)
    const stop = provider.observe((entry) => {
      response.write(`event: request\ndata: ${JSON.stringify(entry)}\n\n`)
    })
    const stopState = provider.observeState(() => {
      const { settings, faults, families } = state()
      response.write(`event: state\ndata: ${JSON.stringify({ settings, faults, families })}\n\n`)
    })
    response.on('close', () => (stop(), stopState()))
  }
}

function known(more: Record<string, unknown>, { settings }: StandInProvider) {
  for (const name of Object.keys(more)) {
    if (!Object.hasOwn(settings, name)) throw new TypeError(`no setting ${name}`)
  }
  return more
}
