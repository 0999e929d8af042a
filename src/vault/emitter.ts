/** Calls every listener; one that throws harms neither the others nor the caller. */
export class Emitter<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  on(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  emit(event: Event): void {
    for (const listener of [...this.#listeners]) {
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
