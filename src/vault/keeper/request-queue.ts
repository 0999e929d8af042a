/**
 * Requests that go one after another, where equal ones share: each refresh of a family may spend its refresh token.
 */
export class RequestQueue<Value> {
  readonly #inFlight = new Map<string, Promise<Value>>()
  #last: Promise<void> = Promise.resolve()

  has(key: string): boolean {
    return this.#inFlight.has(key)
  }

  /** @returns the answer of the request under this key that is queued or under way, else of this one. */
  share(key: string, request: () => Promise<Value>): Promise<Value> {
    const running = this.#inFlight.get(key)
    if (running) return running
    const turn = this.#last.then(request)
    const done = () => void this.#inFlight.delete(key)
    this.#last = turn.then(done, done)
    this.#inFlight.set(key, turn)
    return turn
  }
}
