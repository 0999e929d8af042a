/**
 * Whether the backend closes, for those who wait for a client or an upstream. No `AbortSignal`: that is for few
 * listeners, and has one for each request here.
 */
export class Closing {
  #begun = false
  readonly #listeners = new Set<() => void>()

  get begun(): boolean {
    return this.#begun
  }

  /** @param listener called once, when the backend closes; at once where it does already. @returns stop */
  listen(listener: () => void): () => void {
    if (this.#begun) listener()
    else this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  begin(): void {
    this.#begun = true
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }
}
