import { instant, type VaultEnvironment } from '../environment.ts'
import type { SessionEnd } from '../vault.ts'
import type { Family } from './family.ts'
import { followSnapshot, fromSnapshot, type FamilySnapshot } from './family-snapshot.ts'
import type { PeerMember } from './peers.ts'

/** The keeper's one door for what comes from another tab. */
export class FamilyDoor {
  readonly #env: VaultEnvironment
  readonly #member: PeerMember

  constructor(env: VaultEnvironment, member: PeerMember) {
    this.#env = env
    this.#member = member
  }

  get family(): Family | undefined {
    return this.#member.family
  }

  /** What another tab has: its sign-in, where no other user is signed in here, or its newer copy of this family. */
  adopt(snapshot: FamilySnapshot): void {
    const now = instant(this.#env)
    const { family } = this.#member
    if (family && family.subject !== snapshot.claims.sub) return
    if (family?.origin.id !== snapshot.id)
      return this.#member.open(fromSnapshot(snapshot, now, true))
    const followed = followSnapshot(family.contents, snapshot, now)
    if (!followed) return
    const { claims } = family.contents
    family.follow(followed.contents)
    if (followed.ahead) family.coolDown.succeeded('')
    for (const { key, sentAt } of followed.newTokens) family.coolDown.sent(key, sentAt)
    this.#member.followed(followed.newTokens, claims)
  }

  /** Another tab signed out of the family of this id. */
  signOut(id: string): void {
    if (this.#member.family?.origin.id === id) this.#member.end('signed_out_elsewhere')
  }

  /** Another tab heard that the provider ended the family of this id. */
  expire(end: SessionEnd, id: string): void {
    if (this.#member.family?.origin.id === id) this.#member.expire(end)
  }
}
