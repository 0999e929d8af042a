import { AuthError } from '../errors.ts'
import { withDeadline } from './promises.ts'

/** A chunk that has not come after so long may never come: a stalled connection, a captive network. */
const CHUNK_DEADLINE_MS = 10_000

/**
 * A part that is fetched when it is first needed. It may be gone after a deploy, or never arrive: the wait ends, with an
 * error that says so, and the next use asks for it again.
 */
export function lazy<Part>(
  page: { timer(callback: () => void, ms: number): () => void },
  load: () => Promise<Part>,
): () => Promise<Part> {
  let loading: Promise<Part> | undefined
  return () => {
    loading ??= withDeadline(page, CHUNK_DEADLINE_MS, load()).catch((cause: unknown) => {
      loading = undefined
      throw missingPartError(cause)
    })
    return loading
  }
}

export function missingPartError(cause: unknown): AuthError {
  return new AuthError('vault_unavailable', {
    message: 'A part of evertoken did not load. Reload the page.',
    cause,
  })
}
