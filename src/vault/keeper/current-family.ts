import type { AuthError } from '../../errors.ts'
import type { ServerMetadata } from '../../oauth/types.ts'
import type { Emitter } from '../emitter.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import type { HeldToken } from '../held-token.ts'
import type { EmptyReason, IssuedToken, SessionEnd, VaultEvent, VaultState } from '../vault.ts'
import type { Family } from './family.ts'
import { serialize } from '../issued-token.ts'
import type { PeerMember, Peers } from './peers.ts'
import type { Revocations } from './revocations.ts'
import { anotherUserError, noSessionError } from '../token-errors.ts'
import { sameUserClaims, userOf } from './user-claims.ts'

interface CurrentFamilyParts {
  env: VaultEnvironment
  events: Emitter<VaultEvent>
  revocations: Revocations
  peers: Peers
}

/** What a sign-out tells the provider of its session. */
interface EndedFamily {
  metadata: ServerMetadata
  idToken: string | undefined
}

/** The one family that is open in this thread, or why none is. Every change of that goes through here, and is told. */
export class CurrentFamily implements PeerMember {
  readonly #env: VaultEnvironment
  readonly #events: Emitter<VaultEvent>
  readonly #revocations: Revocations
  readonly #peers: Peers
  #family: Family | undefined
  #ended: Exclude<VaultState, { status: 'live' }> = { status: 'empty', reason: 'no_session' }
  #expired: EndedFamily | undefined
  #signOuts = 0
  /** Signed out, expired or taken over by another user: their late refresh tokens are revoked at once. */
  readonly #abandoned = new WeakSet<Family>()

  constructor({ env, events, revocations, peers }: CurrentFamilyParts) {
    this.#env = env
    this.#events = events
    this.#revocations = revocations
    this.#peers = peers
  }

  get family(): Family | undefined {
    return this.#family
  }

  /** Counts sign-outs: one during a code exchange wins over it. */
  get signOuts(): number {
    return this.#signOuts
  }

  /** Whether a token is of the family that is open. */
  holds(token: HeldToken): boolean {
    return this.#family?.contents.tokens.get(token.key) === token
  }

  state(): VaultState {
    const family = this.#family
    if (!family) return this.#ended
    const { claims, refreshToken, tokens } = family.contents
    const token = tokens.get('')
    return {
      status: 'live',
      claims: userOf(claims),
      clockOffset: family.origin.clockOffset,
      renewable: refreshToken !== undefined,
      ...(this.#peers.outlivesTabs && { reload: 'relay' }),
      ...(token && { token: this.issue(token) }),
    }
  }

  /** For the way out of this thread. */
  issue(token: HeldToken): IssuedToken {
    return serialize(token, instant(this.#env))
  }

  /** A sign-in of this tab, or another's. What was in flight for the family before is discarded when it comes back. */
  open(family: Family): void {
    const before = this.#family
    if (before && before.subject === family.subject) {
      this.#revocations.revokeWithSession(before.origin, before.contents.refreshToken)
    } else {
      this.#abandon(true)
    }
    this.#expired = undefined
    this.#family = family
    if (before) this.#peers.ended(before.origin.id)
    this.#tell()
  }

  /** A sign-in of this tab: the others hear of it. */
  begin(family: Family): void {
    this.open(family)
    this.#peers.publish(family)
  }

  /** The same user signed in again, and the refresh token stays: what is in flight for the family goes on. */
  signedInAgain(family: Family): void {
    this.#tell()
    this.#peers.publish(family)
  }

  /** A refresh of the open family went through. */
  refreshed(family: Family, token: HeldToken, claimsBefore: Family['contents']['claims']): void {
    this.#peers.publish(family)
    this.followed([token], claimsBefore)
  }

  followed(newTokens: readonly HeldToken[], claimsBefore: Family['contents']['claims']): void {
    for (const token of newTokens) this.#events.emit({ type: 'token', token: this.issue(token) })
    const claims = this.#family?.contents.claims
    if (claims && !sameUserClaims(claims, claimsBefore)) this.#tell()
  }

  /** Signed out, here or elsewhere. Sign-out wins over whatever is in flight. */
  end(reason: EmptyReason): void {
    // Only the tab that had the refresh token from the provider, or where the user signed out, revokes it.
    const revokes = reason === 'signed_out' || !this.#family?.contents.adopted
    this.#signOuts++
    this.#expired = undefined
    this.#ended = { status: 'empty', reason }
    const ended = this.#abandon(revokes)
    this.#peers.signedOut(ended?.origin.id, reason === 'signed_out')
    this.#tell()
  }

  /** The provider ended it. The user may sign in again where they are. */
  expire(end: SessionEnd): void {
    const family = this.#family
    if (!family) return
    const { claims, idToken } = family.contents
    this.#expired = { metadata: family.origin.metadata, idToken }
    this.#ended = { status: 'expired', claims: userOf(claims), ...end }
    this.#abandon(false)
    this.#peers.ended(family.origin.id, end)
    this.#tell()
  }

  /** A refresh token of a family that is not the open one any more. */
  revokeLate(family: Family, refreshToken: string | undefined): void {
    // Replaced by a newer sign-in of the same user: providers may tie both to one grant.
    const replaced = !this.#abandoned.has(family) && this.#family?.subject === family.subject
    if (replaced) this.#revocations.revokeWithSession(family.origin, refreshToken)
    else this.#revocations.revokeNow(family.origin, refreshToken)
  }

  /** What the end-session request is about. */
  toEnd(): EndedFamily | undefined {
    const family = this.#family
    if (!family) return this.#expired
    return { metadata: family.origin.metadata, idToken: family.contents.idToken }
  }

  /** Why a caller whose family is not open gets nothing. */
  noSessionError(): AuthError {
    return this.#family ? anotherUserError() : noSessionError(this.#ended)
  }

  #abandon(revoke: boolean): Family | undefined {
    const family = this.#family
    this.#family = undefined
    if (!family) return undefined
    this.#abandoned.add(family)
    this.#revocations.revokeWithSession(family.origin, family.contents.refreshToken)
    if (revoke) this.#revocations.flush()
    else this.#revocations.forget()
    return family
  }

  #tell(): void {
    this.#events.emit({ type: 'state', state: this.state() })
  }
}
