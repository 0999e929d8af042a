import type { FamilySnapshot } from '../../keeper/family-snapshot.ts'

/** Grows with the form of a message or of the copy: a worker and a relay of different numbers tell each other nothing. */
export const RELAY_PROTOCOL = 1

/** The session of one vault, as the relay keeps it. */
export interface RelayCopy {
  /** Which vault, in a worker of which name: no other one is given it. */
  key: string
  /** Whose announcements end it. */
  issuer: string
  clientId: string
  family: FamilySnapshot
}

/** A token request on its way to the thread that outlives the worker: plain data. */
export interface TokenRequestMessage {
  url: string
  init: Omit<RequestInit, 'body' | 'signal' | 'headers' | 'window'> & {
    body: string
    headers: Record<string, string>
  }
}

/** Its answer, or why there is none. */
export type TokenAnswerMessage =
  | { status: number; headers: [name: string, value: string][]; text: string }
  | { failed: { name: string; message: string } }

/** `outdated`: another worker holds this family, or is ahead with it. `over`: it ended, by a sign-out perhaps. */
export type Kept = 'kept' | 'outdated' | 'over'

export interface SendRequest extends TokenRequestMessage {
  key: string
  /** Of which family. */
  id: string
  /** ms since 1970: when the worker asked. It does not wait for ever. */
  askedAt: number
}

/** What a worker asks of the relay, and what it is answered. */
export interface RelayMethods {
  keep(copy: RelayCopy): Kept
  take(vault: { key: string }): FamilySnapshot | undefined
  /** @param family default: whichever is kept there */
  forget(family: { key: string; id?: string }): void
  send(request: SendRequest): Promise<TokenAnswerMessage>
}

export type RelayMethod = keyof RelayMethods

export type RelayArgument<Name extends RelayMethod> = Parameters<RelayMethods[Name]>[0]
export type RelayValue<Name extends RelayMethod> = Awaited<ReturnType<RelayMethods[Name]>>

export type RelayRequest = {
  [Name in RelayMethod]: { protocol: number; method: Name; argument: RelayArgument<Name> }
}[RelayMethod]

/** Without a value where the protocols differ. */
export interface RelayAnswer {
  protocol: number
  value?: RelayValue<RelayMethod>
}
