import { isText } from '../oauth/json.ts'
import type { VaultEnvironment } from './environment.ts'

/** What vaults of one origin tell each other without a token: a worker, an older worker, pages without one. */
export type Announcement = { type: 'signed-out' } | { type: 'signed-in'; sub: string }

export interface Announcements {
  announce(announcement: Announcement): void
  listen(listener: (announcement: Announcement) => void): void
  close(): void
}

export function openAnnouncements(env: VaultEnvironment, name: string): Announcements {
  const channel = env.channel(name)
  return {
    announce(announcement) {
      try {
        channel?.post(announcement)
      } catch {
        // The channel is closed: other tabs do not hear of it, this one goes on.
      }
    },
    listen(listener) {
      channel?.listen((message) => {
        const announcement = parseAnnouncement(message)
        if (announcement) listener(announcement)
      })
    },
    close: () => channel?.close(),
  }
}

/** Any script of the origin can write here: only the two known forms count. */
function parseAnnouncement(message: unknown): Announcement | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined
  if (message.type === 'signed-out') return { type: 'signed-out' }
  return message.type === 'signed-in' && 'sub' in message && isText(message.sub)
    ? { type: 'signed-in', sub: message.sub }
    : undefined
}
