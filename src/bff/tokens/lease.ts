import { AuthError } from '../../errors.ts'
import type { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { pause } from './wait.ts'

// Measured: with a lease of 10 s a killed process took sessions with it where the provider's reuse interval is 10 s.
const LEASE_MS = 4000
const RENEWAL_INTERVAL_MS = 1000
const SHORTEST_WAIT_MS = 25
const LONGEST_WAIT_MS = 200
/** Longer than a refresh may take: then its holder hangs, or renews for ever. */
export const MAX_WAIT_MS = 40_000
/** After it lost its lease an instance that is there says so at its next renewal. */
const NOTICE_MS = 3 * RENEWAL_INTERVAL_MS

interface LeaseParts {
  env: Pick<BffEnvironment, 'timer' | 'monotonic' | 'random'>
  store: Pick<SessionStore, 'lease' | 'renew' | 'release'>
}

interface LeasedParts extends LeaseParts {
  background: Background
}

interface LeasedWork<T> {
  /** Looked at in every round of waiting: whether the other one has done it. */
  look: () => Promise<T | undefined>
  /** @param holder names this one among all that ever had the lease */
  work: (holder: string) => Promise<T>
}

/**
 * One refresh of a session at a time, over all instances. The lease saves requests; that no two of them both count
 * is seen to by the version of the record (`SessionRecords.replace`), so that a lease may be lost.
 */
export async function underLease<T>(
  { env, store, background }: LeasedParts,
  key: string,
  { look, work }: LeasedWork<T>,
): Promise<T> {
  const holder = crypto.randomUUID()
  const giveUpAt = env.monotonic() + MAX_WAIT_MS
  while ((await store.lease(key, holder, LEASE_MS)) === 'busy') {
    if (env.monotonic() > giveUpAt) throw heldTooLongError()
    await pause(env, SHORTEST_WAIT_MS + env.random() * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS))
    const done = await look()
    if (done) return done
  }
  const stop = keepRenewed({ env, store, background }, key, holder)
  try {
    return await work(holder)
  } finally {
    // What is not given back runs out.
    for (const held of [key, ...stop()]) background.add(store.release(held, holder))
  }
}

/**
 * Waits for what comes of another's work that may be under way without the lease: it lost it, because it was slow or
 * the store was away, and is still about to write. One that died is not waited for.
 * @param look whether there is a result
 */
export async function waitForHolder<T>(
  { env, store }: LeaseParts,
  holder: string,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const askedAt = env.monotonic()
  for (;;) {
    const done = await look()
    const waited = env.monotonic() - askedAt
    if (done || waited > MAX_WAIT_MS) return done
    if (waited > NOTICE_MS) {
      const isThere = await store.lease(presenceOf(holder), 'who asks', 1).catch(() => 'busy')
      if (isThere === 'got') return undefined
    }
    await pause(env, LONGEST_WAIT_MS)
  }
}

/** @returns stop, which tells what else is held. A renewal that fails is tried again: the store may be back before the lease runs out. */
function keepRenewed(
  { env, store, background }: LeasedParts,
  key: string,
  holder: string,
): () => string[] {
  let cancel = () => {}
  let stopped = false
  const held: string[] = []
  const renew = async () => {
    const isHeld = await store.renew(key, holder, LEASE_MS).catch(() => true)
    if (!isHeld && !stopped) {
      // Another has it, and must not take this one for dead.
      held[0] = presenceOf(holder)
      await store.lease(held[0], holder, LEASE_MS).catch(() => {})
    }
    if (!stopped) cancel = env.timer(() => background.add(renew()), RENEWAL_INTERVAL_MS)
  }
  cancel = env.timer(() => background.add(renew()), RENEWAL_INTERVAL_MS)
  return () => {
    stopped = true
    cancel()
    return held
  }
}

/** The name of a lease that nobody competes for. */
const presenceOf = (holder: string): string => `holder:${holder}`

function heldTooLongError(): AuthError {
  return new AuthError('provider_unavailable', {
    message: 'Another instance has been renewing this session for too long.',
    retryAfter: LEASE_MS,
  })
}
