/**
 * Listeners, and how they are told. A listener that throws harms neither the others nor the caller; one that
 * subscribes or unsubscribes while it is told changes who is told next time, and one that has left is not told.
 */
export class Emitter<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  get size(): number {
    return this.#listeners.size
  }

  /** @returns what ends the subscription; true the first time */
  on(listener: (event: Event) => void): () => boolean {
    // A function of its own for each subscription: the same listener may subscribe twice.
    const own = (event: Event) => listener(event)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  emit(event: Event): void {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue
      try {
        listener(event)
      } catch (error) {
        // A listener's mistake belongs in the console, not in our control flow.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
