import { attempt } from './attempt.ts'
import type { VaultEnvironment } from './environment.ts'
import { clientMark } from './hash.ts'

// The page loads this file from the start: where the worker is dead, the page announces the sign-out itself.

/** What vaults and pages of one origin tell each other without a token. */
export type Announcement =
  /** @param by names the page whose user it was; old versions say nothing */
  { type: 'signed-out'; by?: string | undefined } | { type: 'signed-in'; sub: string }

export interface Announcements {
  announce(announcement: Announcement): void
  listen(listener: (announcement: Announcement) => void): void
  close(): void
}

/**
 * The news of one client at one provider: for every configuration, and for every version of the application. So
 * neither the name of the channel nor the form of a message ever changes; a member that is not known is ignored.
 *
 * A page announces a sign-out only where its vault does not answer: the vault that hears it forgets the ID token that
 * the end-session request needs.
 */
export function announcements(
  env: Pick<VaultEnvironment, 'channel'>,
  issuer: string,
  clientId: string,
): Announcements {
  const channel = env.channel(`evertoken.announcements.${clientMark(issuer, clientId)}`)
  return {
    // Where the channel is closed, other tabs do not hear of it, and this one goes on.
    announce: (announcement) => attempt(() => channel?.post(announcement)),
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
  const { type, sub, by } = Object(message) as Record<string, unknown>
  if (type === 'signed-out') return { type, by: by as string | undefined }
  return type === 'signed-in' && typeof sub === 'string' && sub ? { type, sub } : undefined
}
