import type { NewSessionRecord, SessionIndex, SessionRecord } from './session-store.ts'

/** When a session ends if nothing more happens. */
export function endOf({
  idleUntil,
  absoluteUntil,
}: Pick<SessionRecord, 'idleUntil' | 'absoluteUntil'>): number {
  return Math.min(idleUntil, absoluteUntil)
}

type Seen = Pick<SessionRecord, 'lastSeenAt' | 'idleUntil'>

/** Forward only: a slower writer does not take back what another saw. */
export function laterSeen(one: Seen, other: Seen): Seen {
  return {
    lastSeenAt: Math.max(one.lastSeenAt, other.lastSeenAt),
    idleUntil: Math.max(one.idleUntil, other.idleUntil),
  }
}

export function isOfIndex(
  { lookupSid, lookupSub }: NewSessionRecord,
  index: SessionIndex,
): boolean {
  return 'lookupSid' in index ? lookupSid === index.lookupSid : lookupSub === index.lookupSub
}

/** Whether a store gave back what a session can be read from: what it holds may be cut, or of another version. */
export function isRecord(answer: unknown): answer is SessionRecord {
  const { version, createdAt, lastSeenAt, idleUntil, absoluteUntil, ...rest } = Object(
    answer,
  ) as Partial<SessionRecord>
  const numbers = [version, createdAt, lastSeenAt, idleUntil, absoluteUntil]
  const texts = [rest.key, rest.lookupSub, rest.blob, rest.refresh?.phase]
  return numbers.every(Number.isFinite) && texts.every((text) => typeof text === 'string')
}
