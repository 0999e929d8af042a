import type { Settings } from './check-options.ts'
import type { BffEnvironment } from './environment.ts'
import type { Emit } from './events.ts'
import { CookiePieces } from './http/cookie-pieces.ts'
import type { Cookies } from './http/cookies.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { Lookups } from './keys/lookups.ts'
import { SIGN_IN_MS, Tombstones } from './login/tombstones.ts'
import type { Provider } from './provider.ts'
import { Limiter } from './tokens/limiter.ts'
import { PageRenewal } from './tokens/page-renewal.ts'
import type { Revocations } from './tokens/revocations.ts'
import { SessionRefresh } from './tokens/session-refresh.ts'
import { TokenSource } from './tokens/token-source.ts'
import type { Tokens } from './tokens/tokens.ts'
import { CookieSeal } from './sessions/cookie-seal.ts'
import { CookieSessions } from './sessions/cookie-sessions.ts'
import { guardStore } from './sessions/guarded-store.ts'
import { createMemoryStore } from './sessions/memory-store.ts'
import { isInCookies, type SealedCookies } from './sessions/sealed-cookies.ts'
import { SessionRecords } from './sessions/session-records.ts'
import type { SessionStore } from './sessions/session-store.ts'
import type { Sessions } from './sessions/sessions.ts'
import { StoredSessions } from './sessions/stored-sessions.ts'

/** Measured: a provider in a storm answers fewer of more requests. */
const MAX_REFRESHES_AT_A_TIME = 16

interface KeepParts {
  env: BffEnvironment
  settings: Settings
  keys: KeyRing
  lookups: Lookups
  cookies: Cookies
  provider: Provider
  revocations: Revocations
  emit: Emit
}

/** Sessions wherever the options keep them, and their tokens. */
export interface KeptSessions {
  sessions: Sessions
  tokens: Tokens
  /** What instances share; undefined where there is no such thing. */
  store: SessionStore | undefined
  tombstones: Tombstones
}

export function keepSessions(
  parts: KeepParts,
  given: SessionStore | SealedCookies | undefined,
): KeptSessions {
  if (isInCookies(given)) return keptInCookies(parts, given)
  const { env, settings, keys, lookups, cookies } = parts
  const store = guarded(parts, given ?? createMemoryStore({}, env))
  const { records, source } = inStore(parts, store)
  const { limits } = settings
  return {
    sessions: new StoredSessions({ env, records, keys, cookies, limits }),
    tokens: source,
    store,
    tombstones: new Tombstones({ env, store, lookups, lifetimeMs: SIGN_IN_MS }),
  }
}

function keptInCookies(parts: KeepParts, { denyList, maxBytes }: SealedCookies): KeptSessions {
  const { env, settings, keys, lookups, cookies, revocations, emit } = parts
  const { limits } = settings
  const store = denyList && guarded(parts, denyList)
  if (!store) emit({ type: 'limited', message: WITHOUT_DENY_LIST })
  const held = store ?? guarded(parts, createMemoryStore({ allowInProduction: true }, env))
  const { records, source } = inStore(parts, held)
  // As long as the cookie of a session could come that the provider ended.
  const lifetimeMs = limits.absoluteMs + SIGN_IN_MS
  const tombstones = new Tombstones({ env, store: held, lookups, lifetimeMs })
  const pieces = new CookiePieces(cookies)
  const sessions = new CookieSessions({
    ...{ env, records, pieces, limits },
    seal: new CookieSeal({ keys, pieces, maxBytes }),
    denyList: { store: held, tombstones, isShared: store !== undefined },
  })
  const tokens = new PageRenewal({ env, sessions, records, source, revocations, emit })
  return { sessions, tokens, store, tombstones }
}

function inStore(parts: KeepParts, store: SessionStore) {
  const { env, settings, keys, lookups, provider, revocations, emit } = parts
  const { issuer } = settings.client
  const records = new SessionRecords({ env, store, keys, lookups, issuer })
  const limiter = new Limiter(MAX_REFRESHES_AT_A_TIME)
  const refresh = new SessionRefresh({
    ...{ env, store, sessions: records, provider, revocations, limiter, emit },
    config: settings,
  })
  return { records, source: new TokenSource(env, refresh) }
}

function guarded({ emit }: KeepParts, store: SessionStore): SessionStore {
  return guardStore(store, (error) =>
    emit({ type: 'store-failed', message: error instanceof Error ? error.message : String(error) }),
  )
}

const WITHOUT_DENY_LIST =
  'Sessions are in cookies without a deny-list: a cookie that was copied before a sign-out opens the session until it is over at every other instance, /backchannel-logout is not mounted, and several instances do not know of each other’s refreshes. Give one: sealedCookies({ denyList }).'
