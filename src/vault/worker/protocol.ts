import type { AuthErrorJSON } from '../../errors.ts'
import type { BrowserVault, VaultConfig, VaultEvent } from '../vault.ts'

/** In the worker's name: pages and workers of different protocols never meet. */
export const PROTOCOL = 2

/** The methods of the vault that go through a port. */
export type Method =
  | 'open'
  | 'discover'
  | 'keepTransaction'
  | 'takeTransaction'
  | 'idTokenHint'
  | 'exchangeCode'
  | 'getToken'
  | 'authorize'
  | 'userInfo'
  | 'endSession'

const TOKEN_METHODS = ['getToken', 'authorize', 'userInfo']

/** What a page that is hidden waits for no longer: it asks again when it is back. */
export function isTokenMethod(method: unknown): boolean {
  return TOKEN_METHODS.some((name) => name === method)
}

/** As in the vault's contract; only `open` also says which vault. */
export type Argument<Name extends Method> = Name extends 'open'
  ? VaultConfig
  : Parameters<BrowserVault[Name]>[0]

export type Value<Name extends Method> = Awaited<ReturnType<BrowserVault[Name]>>

/** What a page asks of the worker. */
export type Request =
  /** Gets one answer with its id. */
  | { [Name in Method]: { id: number; method: Name; argument: Argument<Name> } }[Method]
  /** The page is hidden for good or for the back-forward cache: send it nothing more, and no token it waits for. */
  | { id: number; method: 'leave' }
  /** Gets an answer at once, whatever else the worker waits for: it lives. */
  | { id: number; method: 'ping' }

export type Answer = Reply | { event: VaultEvent }

export type Reply =
  | { id: number; value: unknown }
  /** Without a code it is the caller's mistake. */
  | { id: number; error: AuthErrorJSON | { code?: undefined; message: string } }
