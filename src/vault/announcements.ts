import type { VaultEnvironment } from './environment.ts'

/** What vaults of one origin tell each other without a token: a worker, an older worker, pages without one. */
export type Announcement = { type: 'signed-out' } | { type: 'signed-in'; sub: string }

export interface Announcements {
  announce(announcement: Announcement): void
  listen(listener: (announcement: Announcement) => void): void
  close(): void
}

export function announcements(env: VaultEnvironment, name: string): Announcements {
  const channel = env.channel(name)
  return {
    announce(announcement) {
      try {
        channel?.post(announcement)
      } catch {
        // A closed channel: what happens here happens all the same.
      }
    },
    listen(listener) {
      channel?.listen((message) => {
        const announcement = read(message)
        if (announcement) listener(announcement)
      })
    },
    close: () => channel?.close(),
  }
}

/** Any script of the origin can write here: take nothing but what we know. */
function read(message: unknown): Announcement | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined
  if (message.type === 'signed-out') return { type: 'signed-out' }
  return message.type === 'signed-in' && 'sub' in message && typeof message.sub === 'string'
    ? { type: 'signed-in', sub: message.sub }
    : undefined
}
