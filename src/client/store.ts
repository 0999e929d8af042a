/** Those who want to be told. One that throws harms neither the others nor the teller. */
export function createListeners() {
  const listeners = new Set<() => void>()
  return {
    tell(): void {
      for (const listener of [...listeners]) {
        try {
          listener()
        } catch (error) {
          // Its mistake belongs in the console, not in our control flow.
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
    /** @returns what ends it, once */
    add(listener: () => void): () => boolean {
      // Wrapped: the same function may subscribe twice.
      const own = () => listener()
      listeners.add(own)
      return () => listeners.delete(own)
    },
  }
}
