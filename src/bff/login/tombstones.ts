import { AuthError } from '../../errors.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** As long as a sign-in may take. */
const LIFETIME_MS = 600_000

/**
 * Sessions that the provider ended, remembered for a while: its back-channel logout may arrive before the callback has
 * written the session that it is about, and still wins.
 */
export class Tombstones {
  readonly #store: Pick<SessionStore, 'once' | 'taken'>
  readonly #sessions: Pick<Sessions, 'lookups'>

  constructor(store: Pick<SessionStore, 'once' | 'taken'>, sessions: Pick<Sessions, 'lookups'>) {
    this.#store = store
    this.#sessions = sessions
  }

  async put(sid: string): Promise<void> {
    const [lookup] = await this.#sessions.lookups('sid', sid)
    await this.#store.once(nameOf(lookup), LIFETIME_MS)
  }

  /** @throws AuthError where the session that these claims are of was ended by the provider */
  async assertNotEnded({ sid }: IdTokenClaims): Promise<void> {
    if (typeof sid !== 'string') return
    for (const lookup of await this.#sessions.lookups('sid', sid)) {
      if ((await this.#store.taken(nameOf(lookup))) > 0) {
        throw new AuthError('signed_out', { message: 'The provider ended this session meanwhile.' })
      }
    }
  }
}

function nameOf(lookup: string): string {
  return `tomb:${lookup}`
}
