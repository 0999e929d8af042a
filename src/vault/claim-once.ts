import { CODE_LIFETIME_MS, elapsed, type Instant } from '../renewal/lifetime.ts'
import { BoundedMap } from './bounded-map.ts'
import type { VaultEnvironment } from './environment.ts'
import type { StringStorage } from './string-storage.ts'

/** Takes an authorization response, named by its `state`, for this caller. False where it was taken before. */
export type ClaimOnce = (state: string) => Promise<boolean>

/** More than sign-ins at one time; what a page can fill the memory with is bounded all the same. */
const MAX_CLAIMS = 100
const MAX_MARKS = 21
const LOCK_DEADLINE_MS = 2000

/** Once in this thread: enough for a worker, which all tabs share. */
export function claimInThread(instant: () => Instant): ClaimOnce {
  const claims = new BoundedMap<Instant>(MAX_CLAIMS)
  return async (state) => {
    const now = instant()
    const claimedAt = claims.get(state)
    if (claimedAt && elapsed(claimedAt, now) < CODE_LIFETIME_MS) return false
    claims.set(state, now)
    return true
  }
}

/**
 * Once per origin, also for a tab that `window.open` made with a copy of the storage. A lock makes it atomic where
 * there are locks; the mark outlives the tab that set it.
 */
export function claimPerOrigin(
  env: Pick<VaultEnvironment, 'now' | 'locks' | 'deadline'>,
  claimHere: ClaimOnce,
  marks: StringStorage,
  name: string,
): ClaimOnce {
  const mark = (state: string): boolean => {
    const now = env.now()
    const claimed = encodeURIComponent(state)
    const alive = (marks.get(name) ?? '')
      .split(' ')
      .filter((entry) => now - Number(entry.split('@')[1]) < CODE_LIFETIME_MS)
    if (alive.some((entry) => entry.split('@')[0] === claimed)) return false
    marks.set(name, [...alive.slice(1 - MAX_MARKS), `${claimed}@${now}`].join(' '))
    return true
  }
  return async (state) => {
    // Where there is no storage, this thread still knows what it took itself.
    if (!(await claimHere(state))) return false
    if (!env.locks) return mark(state)
    try {
      const signal = env.deadline(LOCK_DEADLINE_MS)
      return await env.locks.request(name, { signal }, () => mark(state))
    } catch {
      return mark(state)
    }
  }
}
