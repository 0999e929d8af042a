import type { Page } from 'playwright-core'
import type { AuthClientOptions } from '../../src/client/options/options.ts'
import type { Front } from './front.ts'

/** The people who can sign in at every provider that has no accounts of its own. */
export const people = {
  alice: { name: 'Alice Adams', email: 'alice@example.com', password: 'alice-password' },
  bob: { name: 'Bob Brown', email: 'bob@example.com', password: 'bob-password' },
} as const

export type Person = keyof typeof people

export interface Where {
  /** An empty folder of its own, gone afterwards. */
  folder: string
  /** What the browser sees of the provider. */
  front: Front
  /** The application: to be registered as redirect URI and as post-logout redirect URI, and let in by CORS. */
  app: string
}

/** A provider that runs. */
export interface Running {
  issuer: string
  close(): Promise<void>
}

/** What a provider does by itself. What is not said here it does as the specifications have it. */
export interface Traits {
  /** The refresh token that a refresh answers with. */
  rotation: 'new' | 'same'
  /** What comes of an answer that was lost after the provider acted. */
  answerLost: 'token' | 'answer_lost'
  /** How it answers `prompt=none`: with a code while its own session lives, with a refusal, or with a page that leads nowhere. */
  silent: 'code' | 'refused' | 'dead end'
  /** How it answers `prompt=none` where it has no session: with an error, or all the same with its page to sign in. */
  noSession: 'error' | 'page'
  /** What it answers when the user says no; undefined where its pages have no such button. */
  cancel: 'access_denied' | 'consent_required' | undefined
  /** How another user gets in: by a `prompt`, or only after a sign-out. */
  change: 'login' | 'sign-out'
  /** Whether its end-session endpoint sends the user back, or ends on a page of its own; or there is none. */
  signOut: 'provider' | 'stays' | 'local'
}

/** Something to do on a page of the provider's. */
export interface Step {
  /** What of the page shows that it is this one. */
  see: string
  act(page: Page, person: Person): Promise<void>
}

export interface Rig {
  /** As people know it. */
  name: string
  /** The language that it is written in. */
  language: string
  traits: Traits
  /** How the provider names them, where it has accounts of its own. */
  people?: Record<Person, { name: string; email: string }>
  /** What the client must be told beside issuer and client id. */
  client?: Omit<Partial<AuthClientOptions>, 'issuer' | 'clientId'>
  clientId?: string
  /** Its version, by what is installed. */
  version(): string
  start(where: Where): Promise<Running>
  /** Says who one is, agrees to everything; whichever page comes. */
  signIn: Step[]
  /** Says who one is, and no. */
  refuse: Step[]
  /** Agrees to the end of the session. */
  signOut: Step[]
  /** A page of the provider's that ends its session, where it has no end-session endpoint; beside the issuer. */
  signOutPage?: string
}
