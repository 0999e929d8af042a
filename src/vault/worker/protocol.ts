import type { AuthErrorJSON } from '../../errors.ts'
import type { SignInTransaction } from '../../oauth/types.ts'
import type {
  CodeResponse,
  EndSession,
  ProtectedRequest,
  TokenNeed,
  VaultConfig,
  VaultEvent,
} from '../vault.ts'

/** In the worker's name: pages and workers of different protocols never meet. */
export const PROTOCOL = 2

/** What a page asks of the worker. Every request gets one answer with its id. */
export type Request = { id: number } & (
  | { method: 'open'; argument: VaultConfig }
  | { method: 'discover'; argument?: undefined }
  | { method: 'keepTransaction'; argument: SignInTransaction }
  | { method: 'takeTransaction'; argument: string }
  | { method: 'exchangeCode'; argument: CodeResponse }
  | { method: 'getToken'; argument: TokenNeed }
  | { method: 'authorize'; argument: ProtectedRequest }
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
