import { createAuthorizationRequest } from '../../src/oauth/authorization-request.ts'
import { readAuthorizationResponse } from '../../src/oauth/authorization-response.ts'
import { AuthError } from '../../src/errors.ts'
import type {
  AuthorizationRequest,
  ClientConfig,
  SignInTransaction,
} from '../../src/oauth/types.ts'
import type { CodeExchange, VaultState } from '../../src/vault/vault.ts'

// What goes through the address bar needs no refresh token: it is done in the page, and the worker does not carry it.

export type SignInRequest = AuthorizationRequest & {
  /** The page could not store the transaction: the vault keeps it until the response comes back. */
  keep?: boolean
}

export interface SignInStart {
  url: string
  transaction: SignInTransaction
}

export interface SignInResponse {
  /** The query of the redirect back, as it came. */
  parameters: string
  /** Absent when the page could not store it. */
  transaction?: SignInTransaction | undefined
  replaces?: string | undefined
}

/** Builds the authorization request. @throws AuthError @throws TypeError naming a wrong parameter */
export async function beginSignIn(
  vault: CodeExchange,
  client: ClientConfig,
  { keep, ...request }: SignInRequest,
): Promise<SignInStart> {
  const start = await createAuthorizationRequest(
    { client, metadata: await vault.discover() },
    request,
  )
  if (keep) await vault.keepTransaction(start.transaction)
  return start
}

/** Reads the authorization response, and has its code exchanged in the vault. @throws AuthError */
export async function completeSignIn(
  vault: CodeExchange,
  client: ClientConfig,
  { parameters, replaces, ...response }: SignInResponse,
): Promise<VaultState> {
  const state = new URLSearchParams(parameters).get('state') ?? ''
  const transaction = response.transaction ?? (await vault.takeTransaction(state))
  if (!transaction) {
    throw new AuthError('transaction_missing', {
      message: 'This sign-in was not begun here. Begin it again with signIn().',
    })
  }
  const party = { client, metadata: transaction.metadata }
  const answer = readAuthorizationResponse(party, transaction, parameters)
  return vault.exchangeCode({ ...answer, transaction, replaces })
}
