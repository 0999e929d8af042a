import type { NewSessionRecord, SessionRecord } from './session-store.ts'
import { storeUnavailableError } from './store-error.ts'

/** What says in which indexes a session is. */
export type Lookups = Pick<SessionRecord, 'lookupSub' | 'lookupSid'>

/** What no script looks at. */
type Rest = Pick<SessionRecord, 'issuerKey' | 'createdAt' | 'refresh'>

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

/** Where the lookups stand in the state, for Lua, which counts from 1. */
export const SUB_PLACE = 5
export const SID_PLACE = 6

/** The values of CREATE and REPLACE. */
export function writeSession(record: NewSessionRecord, version: number): [string, string] {
  const { lastSeenAt, idleUntil, absoluteUntil, lookupSub, lookupSid = '' } = record
  const { issuerKey, createdAt, refresh, blob } = record
  const rest: Rest = { issuerKey, createdAt, refresh }
  const state: State = [version, lastSeenAt, idleUntil, absoluteUntil, lookupSub, lookupSid, rest]
  return [JSON.stringify(state), blob]
}

/** The answer of GET. What cannot be read is a failure: it does not say that there is no session. */
export function readSession(key: string, answer: unknown): SessionRecord | null {
  const [state, blob] = Array.isArray(answer) ? (answer as unknown[]) : [undefined]
  if (state === null) return null
  const [version, lastSeenAt, idleUntil, absoluteUntil, , , rest] = parse(state)
  const lookups = readLookups(state)
  return {
    key,
    version,
    ...lookups,
    lastSeenAt,
    idleUntil,
    absoluteUntil,
    ...rest,
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
