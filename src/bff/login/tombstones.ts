import { AuthError } from '../../errors.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Sessions } from '../sessions/sessions.ts'

/** As long as a sign-in may take. */
const LIFETIME_MS = 600_000

interface TombstoneParts {
  env: Pick<BffEnvironment, 'now'>
  store: Pick<SessionStore, 'mark' | 'taken'>
  sessions: Pick<Sessions, 'lookups'>
}

/** What a back-channel logout ends: a session of the provider's, or, without `sid`, all of a user. */
export interface EndedAtProvider {
  sid: string | undefined
  sub: string | undefined
}

/**
 * What the provider ended, remembered for a while: its back-channel logout may arrive before the callback has written
 * the session that it is about, and still wins.
 */
export class Tombstones {
  readonly #parts: TombstoneParts

  constructor(parts: TombstoneParts) {
    this.#parts = parts
  }

  async put({ sid, sub = '' }: EndedAtProvider): Promise<void> {
    const { store, sessions } = this.#parts
    const [lookup] = await (sid === undefined
      ? sessions.lookups('sub', sub)
      : sessions.lookups('sid', sid))
    await store.mark(nameOf(lookup), LIFETIME_MS)
  }

  /**
   * @param begunAt when the sign-in began, ms since 1970: a user who was logged out everywhere may sign in again
   * @throws AuthError where the provider ended what these claims are of
   */
  async assertNotEnded({ sid, sub }: IdTokenClaims, begunAt: number): Promise<void> {
    const { env, sessions } = this.#parts
    const bySid = typeof sid === 'string' ? await sessions.lookups('sid', sid) : []
    const bySub = await sessions.lookups('sub', sub)
    const age = env.now() - begunAt
    const ended = await Promise.all([
      ...bySid.map(async (lookup) => (await this.#endedAgo(lookup)) !== undefined),
      ...bySub.map(async (lookup) => age > ((await this.#endedAgo(lookup)) ?? Infinity)),
    ])
    if (ended.includes(true)) {
      throw new AuthError('signed_out', { message: 'The provider ended this session meanwhile.' })
    }
  }

  /** @returns milliseconds, by the store's clock; undefined where nothing was ended */
  async #endedAgo(lookup: string): Promise<number | undefined> {
    const left = await this.#parts.store.taken(nameOf(lookup))
    return left > 0 ? LIFETIME_MS - left : undefined
  }
}

function nameOf(lookup: string): string {
  return `tomb:${lookup}`
}
