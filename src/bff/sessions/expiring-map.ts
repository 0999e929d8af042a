import { AuthError } from '../../errors.ts'

interface Entry<Value> {
  value: Value
  until: number
}

/** Entries that end, and at most so many of them: what has ended is cleared away before the map grows. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #limit: number
  readonly #now: () => number
  /** Clearing looks at every entry, so it waits until the map has doubled: nothing per entry in the long run. */
  #clearAt = 1_024

  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  get(key: string): Value | undefined {
    return this.#live(key)?.value
  }

  /** How long an entry still lives; 0 if there is none. */
  remaining(key: string): number {
    const entry = this.#live(key)
    return entry ? entry.until - this.#now() : 0
  }

  set(key: string, value: Value, until: number): void {
    if (!this.#entries.has(key)) this.#makeRoom()
    this.#entries.set(key, { value, until })
  }

  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  live(): Value[] {
    const now = this.#now()
    return [...this.#entries.values()].filter(({ until }) => until > now).map(({ value }) => value)
  }

  /** Forgets up to `limit` entries that ended. */
  sweep(limit: number): number {
    const now = this.#now()
    let swept = 0
    for (const [key, { until }] of this.#entries) {
      if (swept >= limit) break
      if (until > now) continue
      this.#entries.delete(key)
      swept += 1
    }
    return swept
  }

  #live(key: string): Entry<Value> | undefined {
    const entry = this.#entries.get(key)
    if (!entry || entry.until > this.#now()) return entry
    this.#entries.delete(key)
    return undefined
  }

  #makeRoom(): void {
    const { size } = this.#entries
    if (size < this.#clearAt && size < this.#limit) return
    this.sweep(size)
    this.#clearAt = Math.max(1_024, this.#entries.size * 2)
    // To end another user's session for a new one would be a sign-out that nobody asked for.
    if (this.#entries.size >= this.#limit) {
      throw new AuthError('store_unavailable', {
        message: `The session store in memory is full: it holds ${this.#limit} entries. Raise maxSessions, or use evertoken/bff/redis.`,
      })
    }
  }
}
