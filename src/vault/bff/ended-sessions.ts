import type { VaultEnvironment } from '../environment.ts'

/** How the tabs of a browser tell each other that the backend ended a session. */
export interface EndedSessions {
  /** @param session the name that the backend gives it */
  tell(session: string): void
  close(): void
}

/**
 * Any script of the origin can say that a session ended: whoever hears it asks the backend, once.
 * @param heard of a session for the first time
 */
export function endedSessions(
  env: Pick<VaultEnvironment, 'channel'>,
  name: string,
  heard: (session: unknown) => void,
): EndedSessions | undefined {
  const channel = env.channel(`${name}.ended`)
  let known: unknown
  const learn = (session: unknown, then: (session: unknown) => void) => {
    // Who was told tells nobody.
    if (session !== known) then((known = session))
  }
  channel?.listen((session) => learn(session, heard))
  return channel && { tell: (session) => learn(session, channel.post), close: channel.close }
}
