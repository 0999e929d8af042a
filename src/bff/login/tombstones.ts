import { AuthError } from '../../errors.ts'
import type { IdTokenClaims } from '../../oauth/types.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Lookups } from '../keys/lookups.ts'

/** As long as a sign-in may take. */
export const SIGN_IN_MS = 600_000

interface TombstoneParts {
  env: Pick<BffEnvironment, 'now'>
  store: Pick<SessionStore, 'mark' | 'taken'>
  lookups: Lookups
  /** For how long it is remembered, ms. */
  lifetimeMs: number
}

/** What a back-channel logout ends: a session of the provider's, or, without `sid`, all of a user. */
export interface EndedAtProvider {
  sid: string | undefined
  sub: string | undefined
}

/** A sign-in whose session is about to be written, or just was. */
export interface FinishedSignIn {
  /** Of its cookie. */
  name: string
  claims: IdTokenClaims
  /** ms since 1970. */
  begunAt: number
}

/**
 * What the provider ended, or the user, remembered for a while: its back-channel logout may arrive before the callback has written
 * the session that it is about, and still wins.
 */
export class Tombstones {
  readonly #parts: TombstoneParts

  constructor(parts: TombstoneParts) {
    this.#parts = parts
  }

  async put({ sid, sub = '' }: EndedAtProvider): Promise<void> {
    const { store, lookups, lifetimeMs } = this.#parts
    const [lookup] = await (sid === undefined ? lookups.of('sub', sub) : lookups.of('sid', sid))
    await store.mark(nameOf(lookup), lifetimeMs)
  }

  /** The user signed out while these sign-ins were under way, and one may be finished at this very moment. */
  async putSignIns(names: readonly string[]): Promise<void> {
    const { store } = this.#parts
    await Promise.all(names.map((name) => store.mark(nameOfSignIn(name), SIGN_IN_MS)))
  }

  /** @throws AuthError where the user signed out while this sign-in was under way, or the provider ended its session */
  async assertNotEnded({ name, claims, begunAt }: FinishedSignIn): Promise<void> {
    const [endedAtProvider, marked] = await Promise.all([
      this.haveEnded(claims, begunAt),
      this.#parts.store.taken(nameOfSignIn(name)),
    ])
    if (!endedAtProvider && marked <= 0) return
    throw new AuthError('signed_out', { message: 'This sign-in was ended meanwhile.' })
  }

  /**
   * Whether the provider ended what these claims are of.
   * @param begunAt when the sign-in began, ms since 1970: a user who was logged out everywhere may sign in again
   */
  async haveEnded({ sid, sub }: IdTokenClaims, begunAt: number): Promise<boolean> {
    const { env, lookups } = this.#parts
    const bySid = typeof sid === 'string' ? await lookups.of('sid', sid) : []
    const bySub = await lookups.of('sub', sub)
    const age = env.now() - begunAt
    const ended = await Promise.all([
      ...bySid.map(async (lookup) => (await this.#endedAgo(lookup)) !== undefined),
      ...bySub.map(async (lookup) => age > ((await this.#endedAgo(lookup)) ?? Infinity)),
    ])
    return ended.includes(true)
  }

  /** @returns milliseconds, by the store's clock; undefined where nothing was ended */
  async #endedAgo(lookup: string): Promise<number | undefined> {
    const left = await this.#parts.store.taken(nameOf(lookup))
    return left > 0 ? this.#parts.lifetimeMs - left : undefined
  }
}

function nameOfSignIn(name: string): string {
  return `sign-in:${name}`
}

function nameOf(lookup: string): string {
  return `tomb:${lookup}`
}
