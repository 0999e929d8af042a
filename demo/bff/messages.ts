// What a process of the demo's backend and the demo say to each other.
import type { BffEvent } from 'evertoken/bff'

/** How pages call: with an access token of the backend's, or through it. */
export type Calling = 'mediated' | 'proxied'

export interface ProcessSettings {
  issuer: string
  clientId: string
  /** The protected resource: where it is, and how it names itself at the provider. */
  api: { url: string; resource: string }
  /** The demo's own: what browsers see. */
  origin: string
  key: string
  /** Where sessions are kept; in this process's memory without one. */
  redisUrl?: string
}

/** What a store holds of a session, without what is sealed in it. */
export interface StoredSession {
  session: string
  calling: Calling
  createdAt: number
  lastSeenAt: number
  /** When it ends unless it is used. */
  endsAt: number
  /** How often it was written. */
  writes: number
  isRefreshing: boolean
  sealedBytes: number
}

export type StoreChange =
  | { type: 'written'; stored: StoredSession }
  | { type: 'seen'; session: string; lastSeenAt: number }
  | { type: 'deleted'; session: string }
  | { type: 'leased'; session: string; got: boolean }
  | { type: 'released'; session: string }

export type FromProcess =
  | { type: 'listening'; port: number }
  | { type: 'answered' }
  | { type: 'event'; calling: Calling; event: BffEvent }
  | { type: 'store'; change: StoreChange }
