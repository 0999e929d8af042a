import type { AuthErrorJSON } from '../oauth/errors.ts'
import type { SignInTransaction } from '../oauth/types.ts'
import type { CodeResponse, EndSession, TokenNeed, VaultConfig, VaultEvent } from './types.ts'

/** In the worker's name: pages and workers of different protocols never meet. */
export const PROTOCOL = 1

/** What a page asks of the worker. Every request gets one answer with its id. */
export type Request = { id: number } & (
  | { method: 'open'; argument: VaultConfig }
  | { method: 'discover'; argument?: undefined }
  | { method: 'keep'; argument: SignInTransaction }
  | { method: 'kept'; argument: string }
  | { method: 'exchange'; argument: CodeResponse }
  | { method: 'getToken'; argument: TokenNeed }
  | { method: 'userInfo'; argument?: string | undefined }
  | { method: 'endSession'; argument: EndSession }
  /** The page is hidden for good or for the back-forward cache: send it nothing more. */
  | { method: 'leave'; argument?: undefined }
)

export type Answer =
  | { id: number; value: unknown }
  /** Without a code it is the caller's mistake. */
  | { id: number; error: AuthErrorJSON | { code?: undefined; message: string } }
  | { event: VaultEvent }
