import type { Channel, VaultEnvironment } from '../environment.ts'

/**
 * Channels between the vaults of one thread, for a worker without BroadcastChannel: a sign-out reaches every
 * configuration in it all the same.
 */
export function threadChannels(): VaultEnvironment['channel'] {
  const listeners = new Map<string, Set<(message: unknown) => void>>()
  return (name): Channel => {
    const own = new Set<(message: unknown) => void>()
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all)
    return {
      post(message) {
        for (const listener of [...all]) if (!own.has(listener)) listener(message)
      },
      listen(listener) {
        own.add(listener)
        all.add(listener)
      },
      close() {
        for (const listener of own) all.delete(listener)
        if (all.size === 0) listeners.delete(name)
      },
    }
  }
}
