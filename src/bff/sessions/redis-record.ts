import type { NewSessionRecord, RefreshPhase, SessionRecord } from './session-store.ts'
import { storeUnavailableError } from './store-error.ts'

/** What says in which indexes a session is. */
export type Lookups = Pick<SessionRecord, 'lookupSub' | 'lookupSid'>

/** What no script looks at; the last two while a refresh is under way. */
type Rest = [issuerKey: string, createdAt: number, startedAt?: number, holder?: string]

/** What scripts read of a session; its places are named in redis-scripts.ts. No sid is an empty one. */
type State = [
  version: number,
  lastSeenAt: number,
  idleUntil: number,
  absoluteUntil: number,
  sub: string,
  sid: string,
  rest: Rest,
]

/** Where these stand in the state, for Lua, which counts from 1. */
export const VERSION_PLACE = 1
export const SUB_PLACE = 5
export const SID_PLACE = 6

/** The values of CREATE and REPLACE. */
export function writeSession(record: NewSessionRecord, version: number): [string, string] {
  const { lastSeenAt, idleUntil, absoluteUntil, lookupSub, lookupSid = '' } = record
  const { issuerKey, createdAt, refresh, blob } = record
  const started = refresh.phase === 'started' ? [refresh.startedAt, refresh.holder] : []
  const rest = [issuerKey, createdAt, ...started] as Rest
  const state: State = [version, lastSeenAt, idleUntil, absoluteUntil, lookupSub, lookupSid, rest]
  return [JSON.stringify(state), blob]
}

/** The answer of GET and DELETE. What cannot be read is a failure: it does not say that there is no session. */
export function readSession(key: string, answer: unknown): SessionRecord | null {
  const [state, blob] = Array.isArray(answer) ? (answer as unknown[]) : [undefined]
  if (state === null) return null
  const [version, lastSeenAt, idleUntil, absoluteUntil, , , rest] = parse(state)
  const [issuerKey, createdAt, startedAt, holder] = rest
  const refresh: RefreshPhase =
    startedAt === undefined || holder === undefined
      ? { phase: 'idle' }
      : { phase: 'started', startedAt, holder }
  return {
    key,
    version,
    issuerKey,
    ...readLookups(state),
    createdAt,
    lastSeenAt,
    idleUntil,
    absoluteUntil,
    refresh,
    blob: String(blob),
  }
}

export function readLookups(state: unknown): Lookups {
  const [, , , , lookupSub, lookupSid] = parse(state)
  return { lookupSub, ...(lookupSid !== '' && { lookupSid }) }
}

function parse(state: unknown): State {
  try {
    return JSON.parse(state as string) as State
  } catch (error) {
    throw storeUnavailableError('reading a session', error)
  }
}
