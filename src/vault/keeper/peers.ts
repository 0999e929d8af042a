import type { RefreshHistory } from '../../renewal/verdict.ts'
import type { HeldToken } from '../held-token.ts'
import type { EmptyReason, SessionEnd } from '../vault.ts'
import type { Family } from './family.ts'

/** What a keeper does with the other threads that hold the same family: tabs that share it, or a worker's relay. */
export interface Peers {
  /** Whether one of them keeps the family when the last tab is gone for a moment. */
  readonly outlivesTabs?: boolean
  /** Begins to listen to the other tabs on behalf of this one. */
  join(member: PeerMember): void
  /** Settles when the other tabs had the time to give this one the session they share. */
  restored(): Promise<void>
  /** Runs one refresh after another among tabs. Advisory: it never blocks for good. */
  exclusive<Value>(run: () => Promise<Value>): Promise<Value>
  /** The family changed. @param history of its refresh token, where that is about to be spent */
  publish(family: Family, history?: RefreshHistory): void
  /** Before a session is declared dead: settles when a tab that is ahead had the time to say so. */
  requestLatest(): Promise<void>
  /** A family is over here. @param end why the provider ended it, where it did */
  ended(id: string, end?: SessionEnd): void
  /**
   * The user signed out: the family is over in every tab, also in one that hears of it only now.
   * @param here in this tab
   */
  signedOut(id: string | undefined, here: boolean): void
  /** Settles when no thread holds a family any more that is over here, or had the time to let go of it. */
  forgotten(): Promise<void>
  close(): void
}

/** A keeper as its peers see it. */
export interface PeerMember {
  readonly family: Family | undefined
  open(family: Family): void
  /** Another tab is ahead with the open family: what is new is told. */
  followed(newTokens: readonly HeldToken[], claimsBefore: Family['contents']['claims']): void
  expire(end: SessionEnd): void
  end(reason: EmptyReason): void
}

export const NO_PEERS: Peers = {
  join() {},
  async restored() {},
  exclusive: (run) => run(),
  publish() {},
  async requestLatest() {},
  ended() {},
  signedOut() {},
  async forgotten() {},
  close() {},
}
