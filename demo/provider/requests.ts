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

/** One request as the provider saw it. No token: a refresh token is a short hash, enough to tell two apart. */
export interface RequestEntry {
  id: number
  /** Milliseconds since 1970. */
  at: number
  endpoint: Endpoint
  method: string
  grantType?: string
  refreshToken?: string
  /** What was asked of the authorization endpoint. */
  prompt?: string
  /** The switch that spoiled it, if any. */
  fault?: string
  /** Absent while it is being answered, and when no answer was given. */
  status?: number
  error?: string
  ms?: number
}

export interface RequestLog {
  add(entry: Omit<RequestEntry, 'id' | 'at'>): RequestEntry
  change(entry: RequestEntry, more: Partial<RequestEntry>): void
  /** All of them, or those of one endpoint; `token` counts code exchanges and refreshes alike. */
  list(endpoint?: Endpoint): readonly RequestEntry[]
  reset(): void
  /** Called with each new entry, and again when it is answered. */
  observe(listener: (entry: RequestEntry) => void): () => void
}

/** So many are kept: a playground may run for days. */
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

/** Resumed authorization requests and the sign-in page are the provider's own business: `other`. */
export const endpointOf = (path: string): Endpoint => ENDPOINTS[path] ?? 'other'
