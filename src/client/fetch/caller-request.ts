import type { Target } from './resources.ts'

/** What a caller gave to `auth.fetch`, read once and as `fetch` reads it. */
export interface CallerRequest {
  target: Target
  method: string
  signal: AbortSignal
  /** The request, ready to be sent. */
  first: Request
  /** The same once more; undefined where the body can be sent but once. */
  second: Request | undefined
}

/** @throws TypeError as `fetch` does, or naming what no token can go with */
export async function readRequest(
  target: Target,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<CallerRequest> {
  const { first, second } = await readTwice(target, input, init)
  const { headers, method, signal } = first
  if (first.mode === 'no-cors') {
    throw new TypeError('auth.fetch: `mode: "no-cors"` takes no token along')
  }
  // RFC 6750 §2: one way to send a token, and one token.
  if (headers.has('authorization')) {
    throw new TypeError('auth.fetch: the header `authorization` is set by evertoken')
  }
  return { target, method, signal, first, second }
}

type Twice = Pick<CallerRequest, 'first' | 'second'>

/** Both are made at once: what the caller does to the body afterwards is nothing to them. */
async function readTwice(
  { url, resource }: Target,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Promise<Twice> {
  const body = init?.body ?? undefined
  const isGiven = isRequest(input)
  const make = () => new Request(isGiven ? input : url, init)
  const first = make()
  const moves = isGiven && resource.proxied !== undefined
  if (moves) return moved(first, url)
  // Without a body a request can be sent any number of times.
  if (hasNoBody(first) || (!isGiven && body === undefined)) return { first, second: first }
  if (body === undefined) return { first, second: first.clone() }
  return { first, second: isStream(body) ? undefined : make() }
}

/** A request is bound to its URL, and only its body as a whole can go with another one in every browser. */
async function moved(request: Request, url: string): Promise<Twice> {
  const { method, headers, mode, credentials, cache, redirect } = request
  const { referrer, referrerPolicy, integrity, keepalive, signal } = request
  const body = hasNoBody(request) ? null : await request.blob()
  const init: RequestInit = {
    ...{ method, headers, credentials, cache, redirect, referrer, referrerPolicy },
    ...{ integrity, keepalive, signal, body },
    // No request of a page may have the mode of a navigation.
    ...(mode !== 'navigate' && { mode }),
  }
  return { first: new Request(url, init), second: new Request(url, init) }
}

/** Not by `body`: Firefox does not have it. */
function hasNoBody({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}

function isStream(body: object | string): boolean {
  return typeof body === 'object' && ('getReader' in body || Symbol.asyncIterator in body)
}

/** Of another realm, too. */
export function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === 'object' && 'clone' in input
}
