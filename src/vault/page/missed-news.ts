import { hash } from '../hash.ts'
import type { Family } from '../keeper/family.ts'
import type { PeerMember, Peers } from '../keeper/peers.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { StringStorage } from '../string-storage.ts'
import type { SessionEnd } from '../vault.ts'

/**
 * A page in the back-forward cache hears nothing: browsers drop what other tabs say to a document that is not fully
 * active (HTML, BroadcastChannel). So page vaults also write down that a user signed out or in, and one that is asked
 * again looks there first: whether it missed something about its family.
 */
export class MissedNews implements Peers {
  readonly #peers: Peers
  readonly #marks: StringStorage
  readonly #random: () => number
  readonly #signOut: string
  readonly #user: string
  #member: PeerMember | undefined
  /** What was written there when this page knew all. */
  #known = { signOut: null as string | null, user: null as string | null }
  /** The family that was told of last, by its id. */
  #published: string | undefined

  /** @param peers are told besides @param name of the marks */
  constructor(peers: Peers, marks: StringStorage, name: string, random: () => number) {
    this.#peers = peers
    this.#marks = marks
    this.#random = random
    this.#signOut = `${name}.sign-out`
    this.#user = `${name}.user`
    this.#look()
  }

  join(member: PeerMember): void {
    this.#member = member
    this.#peers.join({
      get family() {
        return member.family
      },
      open: (family) => {
        // Another tab has it: as of now.
        this.#look()
        member.open(family)
      },
      followed: (...news) => member.followed(...news),
      expire: (end) => member.expire(end),
      end: (reason) => member.end(reason),
    })
  }

  async restored(): Promise<void> {
    await this.#peers.restored()
    const before = this.#known
    const { signOut, user } = this.#look()
    const family = this.#member?.family
    // Where nothing is written, the user may have cleared the storage.
    const isNews = (now: string | null, then: string | null) => now !== null && now !== then
    if (!family) return
    if (isNews(signOut, before.signOut)) this.#member?.end('signed_out_elsewhere')
    else if (isNews(user, before.user) && user !== markOf(family)) this.#member?.end('user_changed')
  }

  publish(family: Family, history?: RefreshHistory): void {
    const { id } = family.origin
    if (id !== this.#published) {
      this.#published = id
      this.#marks.set(this.#user, markOf(family))
      this.#look()
    }
    this.#peers.publish(family, history)
  }

  signedOut(id: string | undefined, here: boolean): void {
    if (here) this.#marks.set(this.#signOut, `${this.#random()}`)
    this.#look()
    this.#peers.signedOut(id, here)
  }

  exclusive<Value>(run: () => Promise<Value>): Promise<Value> {
    return this.#peers.exclusive(run)
  }

  requestLatest(): Promise<void> {
    return this.#peers.requestLatest()
  }

  ended(id: string, end?: SessionEnd): void {
    this.#peers.ended(id, end)
  }

  close(): void {
    this.#peers.close()
  }

  #look(): { signOut: string | null; user: string | null } {
    this.#known = { signOut: this.#marks.get(this.#signOut), user: this.#marks.get(this.#user) }
    return this.#known
  }
}

/** Tells users apart, and names none. */
function markOf(family: Family): string {
  return hash(family.subject)
}
