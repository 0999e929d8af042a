import type { IncomingMessage } from 'node:http'
import type { Fault } from './faults.ts'
import type { Answer } from './forward.ts'
import { isLoopback } from './loopback.ts'
import type { ProviderSettings } from './settings.ts'

/** Makes the answer that a fault gives instead of the provider's; `undefined` for a fault without any answer. */
export function spoiledAnswer(
  fault: Fault,
  request: IncomingMessage,
  url: URL,
  settings: ProviderSettings,
): Answer | undefined {
  const answer = (status: number, type: string, body: string, more = {}): Answer => ({
    status,
    headers: { 'content-type': type, 'cache-control': 'no-store', ...cors(request), ...more },
    body: Buffer.from(body),
  })
  const error = (status: number, error: string) =>
    answer(status, 'application/json', JSON.stringify({ error }))
  const retryAfter = (seconds: number) => ({
    'retry-after': String(seconds),
    ...(settings.exposeRetryAfter && { 'access-control-expose-headers': 'Retry-After' }),
  })
  switch (fault.mode) {
    case '500':
      return answer(500, 'text/plain', 'Internal Server Error')
    case '503':
      return answer(503, 'text/plain', 'Service Unavailable')
    case '429':
      return answer(429, 'text/plain', 'Too Many Requests')
    case '503-retry-after':
      return answer(503, 'text/plain', 'Service Unavailable', retryAfter(fault.seconds))
    case '429-retry-after':
      return answer(429, 'text/plain', 'Too Many Requests', retryAfter(fault.seconds))
    case 'html':
      return answer(200, 'text/html', '<!doctype html><title>Wi-Fi</title><h1>Welcome</h1>')
    case 'invalid_grant':
    case 'invalid_request':
      return error(400, fault.mode)
    case 'empty-400':
      return answer(400, 'text/plain', '')
    case 'authorization-error':
      return authorizationError(url)
    case 'hang':
    case 'reset':
    case 'drop-answer':
    case 'lose-answer':
    case 'no-cors':
    case 'delay':
      return undefined
  }
}

function cors({ headers }: IncomingMessage) {
  const { origin } = headers
  return origin && isLoopback(origin)
    ? { 'access-control-allow-origin': origin, vary: 'Origin' }
    : undefined
}

/** RFC 6749 §4.1.2.1, with the `iss` of RFC 9207. */
function authorizationError(url: URL): Answer {
  const back = url.searchParams.get('redirect_uri') ?? ''
  if (!isLoopback(back)) return { status: 400, headers: {}, body: Buffer.from('redirect_uri') }
  const location = new URL(back)
  location.searchParams.set('error', 'server_error')
  location.searchParams.set('error_description', 'The provider is told to fail')
  location.searchParams.set('state', url.searchParams.get('state') ?? '')
  location.searchParams.set('iss', url.origin)
  return { status: 303, headers: { location: location.href }, body: Buffer.alloc(0) }
}
