import { TOKEN_REQUEST_DEADLINE_MS } from '../../oauth/token-request.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { Instant } from '../../renewal/lifetime.ts'
import { instant, type Channel, type VaultEnvironment } from '../environment.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { Family } from '../keeper/family.ts'
import { FamilyDoor } from '../keeper/family-door.ts'
import { toSnapshot, type FamilySnapshot } from '../keeper/family-snapshot.ts'
import type { PeerMember, Peers } from '../keeper/peers.ts'
import type { SessionEnd } from '../vault.ts'
import { heardAll } from './heard-all.ts'
import { parseFamilyMessage, type FamilyMessage } from './family-message.ts'

/** How long a tab that asks waits for one that has the session, or is ahead. */
const PEER_REPLY_WAIT_MS = 300
/** After so long a tab stops waiting for its turn: longer than the answer to a refresh may take. */
const LOCK_DEADLINE_MS = TOKEN_REQUEST_DEADLINE_MS + 1000
const MAX_ENDED_FAMILIES = 100
/** What other tabs posted before a sign-out was heard arrives within so long. */
const LATE_MESSAGES_MS = 10_000
/**
 * How long a tab that said something keeps the lock: in WebKit messages go by another process than locks, and a tab's echo by
 * none, so that only time helps there.
 */
const LOCK_RELEASE_DELAY_MS = 200
/** A tab that has the lock goes on after so long without having heard itself: on a busy machine messages take their time. */
const LOCKED_ECHO_DEADLINE_MS = 3000

/**
 * Copies one family between tabs without a worker. Advisory locks only: a frozen tab may hold one for
 * ever, so the wait is capped, state is read again after it, and the tab that is ahead wins.
 */
export class SharedTabs implements Peers {
  readonly #env: VaultEnvironment
  readonly #lockName: string
  readonly #issuer: string
  readonly #channel: Channel | undefined
  #restored: Promise<void> = Promise.resolve()
  /** A tab that has not heard that a family ended here must not bring it back. */
  readonly #endedFamilies = new BoundedMap<true>(MAX_ENDED_FAMILIES)
  /** When the user signed out in this tab last. */
  #signedOut: Instant | undefined
  /** How many messages this tab posted. */
  #said = 0

  constructor(env: VaultEnvironment, name: string, issuer: string) {
    this.#env = env
    this.#lockName = name
    this.#issuer = issuer
    this.#channel = env.channel(name)
  }

  join(member: PeerMember): void {
    const channel = this.#channel
    if (!channel) return
    const door = new FamilyDoor(this.#env, member)
    this.#restored = new Promise((resolve) => {
      const cancel = this.#env.timer(resolve, PEER_REPLY_WAIT_MS)
      channel.listen((data) => {
        const message = parseFamilyMessage(data, this.#issuer)
        if (message) this.#receive(message, door)
        if (!door.family) return
        cancel()
        resolve()
      })
    })
    this.#post({ type: 'who' })
  }

  restored(): Promise<void> {
    return this.#restored
  }

  async requestLatest(): Promise<void> {
    if (!this.#channel) return
    this.#post({ type: 'who' })
    await this.#wait(PEER_REPLY_WAIT_MS)
  }

  publish(family: Family, history?: RefreshHistory): void {
    const snapshot = toSnapshot(family, instant(this.#env), history)
    this.#post({ type: 'family', family: snapshot })
  }

  ended(id: string, end?: SessionEnd): void {
    this.#endedFamilies.set(id, true)
    if (end) this.#post({ type: 'expired', id, end })
  }

  // A tab may adopt, right after its user signed out, what another one published before it heard of that.
  signedOut(id: string | undefined, here: boolean): void {
    if (here) this.#signedOut = instant(this.#env)
    if (id === undefined) return
    this.ended(id)
    this.#post({ type: 'signed-out', id })
  }

  // A tab that does not hear of it has no other way to.
  async forgotten(): Promise<void> {}

  exclusive<Value>(run: () => Promise<Value>): Promise<Value> {
    const { locks } = this.#env
    if (!locks) return run()
    return new Promise((resolve, reject) => {
      let running: Promise<void> | undefined
      // Never fails, so that a failure is the lock's: refused, or waited for too long.
      const runOnce = () => (running ??= run().then(resolve, reject))
      const inTurn = () => this.#inTurn(runOnce)
      // Async, so that a `request` that throws at once is a rejection as well.
      const withLock = async (name: string) =>
        locks.request(name, { signal: this.#env.deadline(LOCK_DEADLINE_MS) }, inTurn)
      // Tabs that gave up on the first lock still go one after another; in the end, on without one.
      withLock(this.#lockName)
        .catch(() => withLock(`${this.#lockName}.late`))
        .catch(runOnce)
    })
  }

  close(): void {
    this.#channel?.close()
  }

  /**
   * Messages and locks are not in step: what the tab before said may still lie in this one's queue, and its refresh token is
   * spent; and what this one says may not have left it yet.
   */
  async #inTurn(run: () => Promise<void>): Promise<void> {
    await this.#heardAll()
    const said = this.#said
    await run()
    if (this.#said === said) return
    await this.#heardAll()
    await this.#wait(LOCK_RELEASE_DELAY_MS)
  }

  #receive(message: FamilyMessage, door: FamilyDoor): void {
    switch (message.type) {
      case 'who':
        if (door.family) this.publish(door.family)
        break
      case 'family':
        if (!this.#isOver(message.family)) door.adopt(message.family)
        break
      case 'signed-out':
        this.#endedFamilies.set(message.id, true)
        door.signOut(message.id)
        break
      case 'expired':
        door.expire(message.end, message.id)
        break
    }
  }

  /** Also what was on its way here as the user signed out, from a tab that may be gone before it hears of that. */
  #isOver({ id, tokens }: FamilySnapshot): boolean {
    if (this.#endedFamilies.has(id)) return true
    const signedOut = this.#signedOut
    if (!signedOut || this.#env.monotonic() - signedOut.mono > LATE_MESSAGES_MS) return false
    return tokens.every(({ sentAt }) => sentAt <= signedOut.wall)
  }

  async #heardAll(): Promise<void> {
    if (this.#channel) await heardAll(this.#env, LOCKED_ECHO_DEADLINE_MS)
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#env.timer(resolve, ms))
  }

  #post(message: FamilyMessage): void {
    this.#said++
    try {
      this.#channel?.post(message)
    } catch {
      // A closed channel, or a claim that cannot be copied: this tab goes on alone.
    }
  }
}
