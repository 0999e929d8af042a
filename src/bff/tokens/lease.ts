import { AuthError } from '../../errors.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { pause } from './wait.ts'

// Measured: with a lease of 10 s a killed process took sessions with it where the provider's reuse interval is 10 s.
const LEASE_MS = 4000
const RENEWAL_INTERVAL_MS = 1000
const SHORTEST_WAIT_MS = 25
const LONGEST_WAIT_MS = 200
/** Longer than a refresh may take: then its holder hangs, or renews for ever. */
const MAX_WAIT_MS = 40_000

interface LeaseParts {
  env: Pick<BffEnvironment, 'timer' | 'monotonic' | 'random'>
  store: Pick<SessionStore, 'lease' | 'renew' | 'release'>
}

interface LeasedWork<T> {
  /** Looked at in every round of waiting: whether the other one has done it. */
  look: () => Promise<T | undefined>
  work: () => Promise<T>
}

/**
 * One refresh of a session at a time, over all instances. The lease saves requests; that no two of them both count
 * is seen to by the version of the record (`Sessions.replace`), so that a lease may be lost.
 */
export async function underLease<T>(
  { env, store }: LeaseParts,
  key: string,
  { look, work }: LeasedWork<T>,
): Promise<T> {
  const token = crypto.randomUUID()
  const giveUpAt = env.monotonic() + MAX_WAIT_MS
  while ((await store.lease(key, token, LEASE_MS)) === 'busy') {
    if (env.monotonic() > giveUpAt) throw heldTooLongError()
    await pause(env, SHORTEST_WAIT_MS + env.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS))
    const done = await look()
    if (done) return done
  }
  const stop = keepRenewed({ env, store }, key, token)
  try {
    return await work()
  } finally {
    stop()
    // What is not given back runs out.
    store.release(key, token).catch(() => {})
  }
}

/** @returns stop. A renewal that fails is tried again: the store may be back before the lease runs out. */
function keepRenewed({ env, store }: LeaseParts, key: string, token: string): () => void {
  let cancel = () => {}
  let stopped = false
  const renew = async () => {
    await store.renew(key, token, LEASE_MS).catch(() => false)
    if (!stopped) cancel = env.timer(() => void renew(), RENEWAL_INTERVAL_MS)
  }
  cancel = env.timer(() => void renew(), RENEWAL_INTERVAL_MS)
  return () => {
    stopped = true
    cancel()
  }
}

function heldTooLongError(): AuthError {
  return new AuthError('provider_unavailable', {
    message: 'Another instance has been renewing this session for too long.',
    retryAfter: LEASE_MS,
  })
}
