import type { Instant } from '../../renewal/lifetime.ts'
import { deserialize, type HeldToken } from '../../vault/held-token.ts'
import type { Vault, VaultEvent } from '../../vault/vault.ts'
import type { AuthClient } from '../auth-client.ts'
import type { VaultAccess } from '../modes/mode.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { findEnd, type EndParts, type SessionEnd } from './find-end.ts'
import type { DeadlineOptions, SessionDeadline } from './session-deadline.ts'

const WARN_BEFORE_MS = 60_000
/** No timer is trusted for longer. */
const LONGEST_WAIT_MS = 86_400_000
/** What other tabs made of the session at the backend is asked for so often, while it is about to end. */
const LOOK_MS = 5000
/** An end that is put off by less is where it was: seconds are what is told. */
const SAME_MS = 2000

export interface DeadlineParts extends EndParts {
  page: Pick<PageEnvironment, 'now' | 'monotonic' | 'timer'>
  machine: EndParts['machine'] & { listeners: { on(listener: () => void): () => void } }
  connection: VaultAccess<Vault>
}

type Client = Pick<AuthClient<unknown>, 'getAccessToken'>

/** @returns what ends it */
export function watchSessionDeadline(
  parts: DeadlineParts,
  client: Client,
  listener: (deadline: SessionDeadline) => void,
  options: DeadlineOptions = {},
): () => void {
  const watch = new DeadlineWatch(parts, client, listener, options)
  return () => watch.end()
}

/**
 * Follows the end of the session, and tells of it: when the warning begins and ends, and each second between. A refresh
 * long before it is told to nobody.
 */
class DeadlineWatch {
  readonly #parts: DeadlineParts
  readonly #client: Client
  readonly #warnBefore: number
  readonly #listener: (deadline: SessionDeadline) => void
  readonly #unsubscribe: () => void
  #observed: Vault | undefined
  #unobserve = () => {}
  /** The newest token, of any need: its response may say when its refresh token ends. */
  #latest: HeldToken | undefined
  #told: SessionDeadline = { status: 'unknown' }
  #cancel = () => {}
  /** Monotonic. */
  #lookedAt = -Infinity
  /** The end that a renewal did not put off, ms since 1970. */
  #fixedEnd: number | undefined
  #asking: Promise<void> | undefined
  #extending: Promise<void> | undefined
  #isEnded = false

  constructor(
    parts: DeadlineParts,
    client: Client,
    listener: (deadline: SessionDeadline) => void,
    { warnBefore = WARN_BEFORE_MS }: DeadlineOptions,
  ) {
    this.#parts = parts
    this.#client = client
    this.#warnBefore = warnBefore
    this.#listener = listener
    this.#unsubscribe = parts.machine.listeners.on(() => this.#look())
    this.#look()
  }

  /** For good. */
  end(): void {
    this.#isEnded = true
    this.#cancel()
    this.#unsubscribe()
    this.#unobserve()
  }

  #look(): void {
    this.#cancel()
    if (this.#isEnded) return
    this.#observe()
    const end = this.#findEnd()
    if (!end) return this.#tell({ status: 'unknown' })
    const { left } = end
    const wait = left - this.#warnBefore
    if (wait > 0) {
      this.#again(wait)
      return this.#tell({ status: 'known' })
    }
    const isNews = this.#askForNews(left)
    // Before a warning begins it is asked whether it is true: another tab may have used the session.
    if (isNews && this.#told.status !== 'ending') return
    this.#again(left > 0 ? left % 1000 || 1000 : LOOK_MS)
    this.#tell(this.#ending(end))
  }

  #now(): Instant {
    const { page } = this.#parts
    return { wall: page.now(), mono: page.monotonic() }
  }

  #findEnd(): SessionEnd | undefined {
    return findEnd(this.#parts, this.#latest, this.#now())
  }

  /** Renewals for all needs and of all tabs: of each the vault tells. Another vault may have taken its place. */
  #observe(): void {
    const { connection, tokens } = this.#parts
    this.#take(tokens.entry().token)
    const vault = connection.opened?.vault
    if (vault === this.#observed) return
    this.#observed = vault
    this.#unobserve()
    const heard = (event: VaultEvent): void => {
      if (event.type !== 'token') return
      this.#take(deserialize(event.token, this.#now()))
      this.#look()
    }
    this.#unobserve = vault?.observe(heard) ?? (() => {})
  }

  #take(token: HeldToken | undefined): void {
    const isNewer = token && token.sentAt.wall >= (this.#latest?.sentAt.wall ?? -Infinity)
    if (isNewer) this.#latest = token
  }

  #again(ms: number): void {
    this.#cancel = this.#parts.page.timer(() => this.#look(), Math.min(ms, LONGEST_WAIT_MS))
  }

  /**
   * In browser mode the vault tells of each renewal by itself: it is asked when the session is over, for it is the next
   * refresh that ends it.
   * @returns whether something was asked
   */
  #askForNews(left: number): boolean {
    const { page, connection } = this.#parts
    const now = page.monotonic()
    const asks = connection.opened?.vault.ends !== undefined || left <= 0
    if (!asks || now - this.#lookedAt < LOOK_MS) return false
    this.#lookedAt = now
    // The warning is what is known, where no answer comes.
    this.#asking = this.#ask(false)
      .catch(() => {})
      .then(() => this.#look())
    return true
  }

  async #ask(isUse: boolean): Promise<void> {
    const { connection } = this.#parts
    await connection.withVault(async (vault) => {
      // A session in cookies is put off by its renewal alone, which comes with a token.
      const renews = isUse && vault.ends?.said.renewedByPage
      if (vault.ends && !renews) await vault.ends.ask(isUse)
      else await this.#client.getAccessToken({ forceRefresh: true })
    })
  }

  #ending({ left, isAbsolute }: SessionEnd): SessionDeadline {
    const secondsLeft = Math.max(0, Math.ceil(left / 1000))
    const endsAt = this.#parts.page.now() + left
    const isFixed = this.#fixedEnd !== undefined && endsAt - this.#fixedEnd < SAME_MS
    const extendable = !isAbsolute && !isFixed && left > 0
    return { status: 'ending', endsAt, secondsLeft, extendable, extend: this.#extend }
  }

  /** Those who click twice mean one thing. */
  readonly #extend = (): Promise<void> => {
    this.#extending ??= this.#run().finally(() => (this.#extending = undefined))
    return this.#extending
  }

  async #run(): Promise<void> {
    const { page } = this.#parts
    const before = this.#findEnd()?.left ?? 0
    const askedAt = page.monotonic()
    // What is being asked as no use would be the answer.
    await this.#asking
    await this.#ask(true)
    this.#lookedAt = page.monotonic()
    const left = this.#findEnd()?.left ?? 0
    const isPutOff = left + page.monotonic() - (before + askedAt) >= SAME_MS
    this.#fixedEnd = isPutOff ? undefined : page.now() + left
    this.#look()
  }

  #tell(deadline: SessionDeadline): void {
    if (isSame(deadline, this.#told)) return
    this.#told = deadline
    this.#listener(deadline)
  }
}

function isSame(one: SessionDeadline, other: SessionDeadline): boolean {
  if (one.status !== 'ending' || other.status !== 'ending') return one.status === other.status
  return (
    one.secondsLeft === other.secondsLeft &&
    one.extendable === other.extendable &&
    Math.abs(one.endsAt - other.endsAt) < 1000
  )
}
