import type { Family } from './family.ts'

/** What a keeper does with the other tabs that hold the same family. A worker has none: it is the one holder. */
export interface Peers {
  /** Runs one refresh after another among tabs. Advisory: it never blocks for good. */
  exclusive<T>(run: () => Promise<T>): Promise<T>
  /** The family changed, or is about to spend its refresh token. */
  publish(family: Family): void
  /** Before a session is declared dead: settles when whoever is ahead has had the time to say so. */
  reread(): Promise<void>
}

export const ALONE: Peers = { exclusive: (run) => run(), publish() {}, async reread() {} }
