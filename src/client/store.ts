/** Those who want to be told. One that throws harms neither the others nor the teller. */
export function createListeners() {
  const listeners = new Set<() => void>()
  return {
    nobody: () => !listeners.size,
    tell(): void {
      // A promise takes what one throws out of our control flow, and the browser reports it all the same.
      for (const listener of listeners) void (async () => listener())()
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
