import type { Family } from '../keeper/family.ts'
import type { PeerMember, Peers } from '../keeper/peers.ts'
import { noteUser, readNote, userMark, type NewsNote } from '../news-note.ts'
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
  readonly #name: string
  #member: PeerMember | undefined
  /** What was written there when this page knew all. */
  #known: NewsNote
  /** The family that was told of last, by its id. */
  #published: string | undefined

  /** @param peers are told besides @param name of the note */
  constructor(peers: Peers, storage: StringStorage, name: string) {
    this.#peers = peers
    this.#storage = storage
    this.#name = name
    this.#known = this.#look()
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
    const isNews = (now?: string, then?: string) => now !== undefined && now !== then
    if (!family) return
    if (isNews(signOut, before.signOut)) this.#member?.end('signed_out_elsewhere')
    else if (isNews(user, before.user) && user !== userMark(family.subject)) {
      this.#member?.end('user_changed')
    }
  }

  publish(family: Family, history?: RefreshHistory): void {
    const { id } = family.origin
    if (id !== this.#published) {
      this.#published = id
      noteUser(this.#storage, this.#name, family.subject)
      this.#look()
    }
    this.#peers.publish(family, history)
  }

  signedOut(id: string | undefined, here: boolean): void {
    this.#look()
    this.#peers.signedOut(id, here)
  }

  forgotten(): Promise<void> {
    return this.#peers.forgotten()
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

  #look(): NewsNote {
    return (this.#known = readNote(this.#storage, this.#name))
  }
}
