import { expect } from 'vitest'
import { AuthError } from '../../src/errors.ts'

/** The AuthError that a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<AuthError> {
  const error: unknown = await promise.then(
    (value) => new Error('expected a failure', { cause: value }),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(AuthError)
  return error as AuthError
}

/** How a promise ended, to be looked at later. */
export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: AuthError) => ({ error }),
  )
