import { attempt } from '../attempt.ts'
import type { Channel, VaultEnvironment } from '../environment.ts'

/**
 * The tabs of a browser tell each other which session the backend ended, by the name that it gives sessions. Any script of
 * the origin can say so: whoever hears it asks the backend.
 */
export class EndedSessions {
  readonly #channel: Channel | undefined
  /** It is known here: nobody asks twice, and nobody tells it who was told. */
  #known: string | undefined

  /** @param heard of a session for the first time */
  constructor(
    env: Pick<VaultEnvironment, 'channel'>,
    name: string,
    heard: (session: string) => void,
  ) {
    this.#channel = env.channel(`${name}.ended`)
    this.#channel?.listen((session) => {
      if (typeof session === 'string' && session !== this.#known) {
        heard((this.#known = session))
      }
    })
  }

  tell(session: string): void {
    if (session === this.#known) return
    this.#known = session
    attempt(() => this.#channel?.post(session))
  }

  close(): void {
    this.#channel?.close()
  }
}
