import { createHash } from 'node:crypto'
import type { Behaviour, Conduct } from './behaviour.ts'

/** What the demo's page shows of the API: no token, and nothing of any user's. */
export interface ApiView {
  behaviour: Behaviour
  requests: number
  /** How many different tokens came. */
  tokens: number
  /** How many requests were answered with 401. */
  refused: number
  /** Why, by the `error_description` of the challenge, and how often. */
  reasons: Record<string, number>
  /** Open WebSockets. */
  sockets: number
  /** The newest last. */
  log: ApiRequest[]
}

export interface ApiRequest {
  id: number
  /** Milliseconds since 1970. */
  at: number
  method: string
  path: string
  /** A short hash of the token's name, enough to tell two apart. */
  token?: string
  status: number
  ms: number
}

interface Answered extends Omit<ApiRequest, 'id' | 'token'> {
  jti?: string | undefined
  /** The `WWW-Authenticate` of the answer. */
  challenge?: string | undefined
}

const KEPT = 40

/** Counts what the API sees. */
export class ApiWatch {
  readonly #conduct: Conduct
  readonly #listeners = new Set<() => void>()
  readonly #tokens = new Set<string>()
  #requests = 0
  #refused = 0
  readonly #reasons: Record<string, number> = {}
  #sockets = 0
  #log: ApiRequest[] = []

  constructor(conduct: Conduct) {
    this.#conduct = conduct
  }

  get view(): ApiView {
    return {
      behaviour: this.#conduct.behaviour,
      requests: this.#requests,
      tokens: this.#tokens.size,
      refused: this.#refused,
      reasons: this.#reasons,
      sockets: this.#sockets,
      log: this.#log,
    }
  }

  observe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  answered({ jti, challenge, ...request }: Answered) {
    this.#requests += 1
    if (request.status === 401) {
      this.#refused += 1
      const reason = /error_description="([^"]*)"/.exec(challenge ?? '')?.[1] ?? 'no token'
      this.#reasons[reason] = (this.#reasons[reason] ?? 0) + 1
    }
    if (jti !== undefined) this.#tokens.add(jti)
    const token = jti && createHash('sha256').update(jti).digest('hex').slice(0, 4)
    const entry = { id: this.#requests, ...request, ...(token && { token }) }
    this.#log = [...this.#log, entry].slice(-KEPT)
    this.changed()
  }

  connected(by: 1 | -1): void {
    this.#sockets += by
    this.changed()
  }
}
