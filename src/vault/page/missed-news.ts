import type { Family } from '../keeper/family.ts'
import type { PeerMember, Peers } from '../keeper/peers.ts'
import { hash } from '../hash.ts'
import { noteSignOut, type NewsMarks } from '../news-marks.ts'
import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { StringStorage } from '../string-storage.ts'
import type { SessionEnd } from '../vault.ts'

/**
 * A page in the back-forward cache hears nothing: browsers drop what other tabs say to a document that is not fully
 * active (HTML, BroadcastChannel). So pages also write down that a user signed out or in, and a page vault that is asked
 * again looks there first: whether it missed something about its family.
 */
export class MissedNews implements Peers {
  readonly #peers: Peers
  readonly #storage: StringStorage
  readonly #marks: NewsMarks
  readonly #random: () => number
  #member: PeerMember | undefined
  /** What was written there when this page knew all. */
  #known = { signOut: null as string | null, user: null as string | null }
  /** The family that was told of last, by its id. */
  #published: string | undefined

  /** @param peers are told besides */
  constructor(peers: Peers, storage: StringStorage, marks: NewsMarks, random: () => number) {
    this.#peers = peers
    this.#storage = storage
    this.#marks = marks
    this.#random = random
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
    else if (isNews(user, before.user) && user !== hash(family.subject))
      this.#member?.end('user_changed')
  }

  publish(family: Family, history?: RefreshHistory): void {
    const { id } = family.origin
    if (id !== this.#published) {
      this.#published = id
      this.#storage.set(this.#marks.user, hash(family.subject))
      this.#look()
    }
    this.#peers.publish(family, history)
  }

  signedOut(id: string | undefined, here: boolean): void {
    if (here) noteSignOut(this.#storage, this.#marks, this.#random())
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
    const { signOut, user } = this.#marks
    this.#known = { signOut: this.#storage.get(signOut), user: this.#storage.get(user) }
    return this.#known
  }
}
