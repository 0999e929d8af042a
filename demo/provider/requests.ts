import { createHash } from 'node:crypto'

export type Endpoint =
  | 'discovery'
  | 'jwks'
  | 'authorization'
  | 'token'
  | 'userinfo'
  | 'revocation'
  | 'end_session'
  | 'other'

/** One request as the provider saw it. It holds no token: a refresh token is a short hash, enough to tell two apart. */
export interface RequestEntry {
  id: number
  /** Milliseconds since 1970. */
  at: number
  endpoint: Endpoint
  method: string
  grantType?: string
  refreshToken?: string
  /** The `prompt` of an authorization request. */
  prompt?: string
  /** The fault that spoiled the answer, if any. */
  fault?: string
  /** Absent while the request is being answered, and when it got no answer. */
  status?: number
  error?: string
  ms?: number
}

export interface RequestLog {
  add(entry: Omit<RequestEntry, 'id' | 'at'>): RequestEntry
  change(entry: RequestEntry, more: Partial<RequestEntry>): void
  /** Gives all requests, or those of one endpoint; `token` has code exchanges and refreshes alike. */
  list(endpoint?: Endpoint): readonly RequestEntry[]
  reset(): void
  /** Called with each new entry, and again when it is answered. */
  observe(listener: (entry: RequestEntry) => void): () => void
}

/** How many requests are kept, as a playground may run for days. */
const CAPACITY = 5000

export function createRequestLog(): RequestLog {
  let entries: RequestEntry[] = []
  let last = 0
  const listeners = new Set<(entry: RequestEntry) => void>()
  const tell = (entry: RequestEntry) => listeners.forEach((listener) => listener({ ...entry }))
  return {
    add(about) {
      const entry: RequestEntry = { id: ++last, at: Date.now(), ...about }
      entries.push(entry)
      if (entries.length > CAPACITY) entries = entries.slice(-CAPACITY / 2)
      tell(entry)
      return entry
    },
    change(entry, more) {
      Object.assign(entry, more)
      tell(entry)
    },
    list: (endpoint) => entries.filter((entry) => !endpoint || entry.endpoint === endpoint),
    reset() {
      entries = []
    },
    observe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export const fingerprint = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 8)

const ENDPOINTS: Record<string, Endpoint> = {
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
  '/jwks': 'jwks',
  '/auth': 'authorization',
  '/token': 'token',
  '/me': 'userinfo',
  '/token/revocation': 'revocation',
  '/session/end': 'end_session',
}

/** Resumed authorization requests and the sign-in page are internal to the provider, so they count as `other`. */
export const endpointOf = (path: string): Endpoint => ENDPOINTS[path] ?? 'other'
