import { AuthError } from '../errors.ts'
import { withDeadline } from './promises.ts'

/** A chunk that has not come after so long may never come: a stalled connection, a captive network. */
const CHUNK_DEADLINE_MS = 10_000

interface Timers {
  timer(callback: () => void, ms: number): () => void
}

/**
 * A part that is fetched when it is needed. It may be gone after a deploy, or never arrive: the wait ends.
 * @throws AuthError `vault_unavailable`
 */
export async function loadChunk<Chunk>(page: Timers, load: () => Promise<Chunk>): Promise<Chunk> {
  try {
    return await withDeadline(page, CHUNK_DEADLINE_MS, load())
  } catch (error) {
    throw toAuthError(error)
  }
}

/** The same, once it is there; after a failure the next use asks for it again. */
export function lazy<Part>(page: Timers, load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | undefined
  return () => {
    loading ??= loadChunk(page, load).catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}

/** An error without a code of ours is a part that did not load. */
export function toAuthError(error: unknown): AuthError {
  if (error instanceof AuthError) return error
  const message = 'A part of evertoken did not load. Reload the page.'
  return new AuthError('vault_unavailable', { message, cause: error })
}
