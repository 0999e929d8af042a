import type { BffEnvironment } from '../environment.ts'
import { pause } from '../tokens/wait.ts'
import { isStoreAway } from './store-error.ts'

const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 1000

/** Half a minute: what would be lost otherwise is lost for good. */
export const MANY_TRIES = 40
/** A second and a half: somebody waits for the answer. */
export const FEW_TRIES = 5

/**
 * Asks a store again while it is away.
 * @param call may have been carried out although it failed, so that doing it twice must come to the same
 * @throws AuthError `store_unavailable` after so many tries; what else was thrown at once
 */
export async function persist<T>(
  env: Pick<BffEnvironment, 'timer'>,
  call: () => Promise<T>,
  maxTries = MANY_TRIES,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call()
    } catch (error) {
      if (!isStoreAway(error) || tries >= maxTries) throw error
      await pause(env, Math.min(FIRST_RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS))
    }
  }
}
