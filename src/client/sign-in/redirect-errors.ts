import { AuthError } from '../../errors.ts'

// Why a sign-in by redirect does not begin, or does not end.

export function assertCryptography(): void {
  if (crypto.subtle) return
  throw new AuthError('insecure_endpoint', {
    message: 'This page is not served over https, so the browser lends it no cryptography.',
  })
}

export function storageError(): AuthError {
  return new AuthError('storage_unavailable', {
    message: 'Signing in needs sessionStorage or a SharedWorker, and this browser grants neither.',
  })
}

export function usedResponseError(): AuthError {
  return new AuthError('state_mismatch', {
    message: 'This response was used already. Begin a new sign-in with signIn().',
  })
}

export function framedPageError(): AuthError {
  return new AuthError('authorization_failed', {
    message:
      'This page is in a frame. Open it in a tab of its own, or sign in by signIn({ mode: "popup" }).',
  })
}

export function signedOutError(): AuthError {
  return new AuthError('signed_out', { message: 'Signed out meanwhile.' })
}

export function transactionMissingError(): AuthError {
  return new AuthError('transaction_missing', {
    message: 'This sign-in was not begun here. Begin it again with signIn().',
  })
}
