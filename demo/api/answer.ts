import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLoopback } from '../provider/loopback.ts'
import type { Refusal } from './verify-token.ts'

export interface Answer {
  status: number
  type?: string
  body?: string
  headers?: Record<string, string>
}

export const json = (status: number, value: unknown): Answer => ({
  ...{ status, type: 'application/json', body: JSON.stringify(value) },
})

/** RFC 6750 §3. */
export function refused({ status, challenge = {} }: Refusal): Answer {
  if (status === 503) return { status, headers: { 'retry-after': '1' } }
  const parameters = Object.entries(challenge).map(([name, value]) => `${name}="${value}"`)
  const header = `Bearer ${['realm="notes"', ...parameters].join(', ')}`
  return { status, headers: { 'www-authenticate': header } }
}

/** Answers preflights, and keeps pages away that are not of this machine. @returns whether the request goes on */
export function allow({ method, headers: { origin } }: IncomingMessage, response: ServerResponse) {
  if (origin !== undefined && !isLoopback(origin)) {
    response.writeHead(403).end()
    return false
  }
  if (origin !== undefined) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('vary', 'origin')
    // Without it `stepUpNeeded` cannot read what the API wants.
    response.setHeader('access-control-expose-headers', 'www-authenticate')
  }
  if (method !== 'OPTIONS') return true
  response.writeHead(204, {
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': '600',
  })
  response.end()
  return false
}

export function write(
  response: ServerResponse,
  { status, type, body = '', headers }: Answer,
): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    ...(type && { 'content-type': type }),
    ...headers,
  })
  response.end(body)
}
