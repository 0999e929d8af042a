import { CODE_LIFETIME_MS } from '../../renewal/lifetime.ts'
import { attempt } from '../../vault/attempt.ts'
import type { StringStorage } from '../../vault/string-storage.ts'

// The page loads this file from the start: what an abandoned sign-in left is removed without any chunk.

/** What is stored by `state`; `null` where it was taken. */
export type StoredRecords = Record<string, [at: number, record: unknown]>

/** @param prefix of this client's names in storage */
export const recordsName = (prefix: string): string => `${prefix}.sign-in`

export function readRecords(storage: StringStorage, prefix: string): StoredRecords {
  // Where another script wrote something there, it is no sign-in of ours.
  return attempt(() => JSON.parse(storage.get(recordsName(prefix)) ?? '') as StoredRecords) ?? {}
}

/** @returns whether it is stored */
export function writeRecords(
  storage: StringStorage,
  prefix: string,
  records: StoredRecords,
): boolean {
  const isEmpty = Object.keys(records).length === 0
  return storage.set(recordsName(prefix), isEmpty ? null : JSON.stringify(records))
}

/** Removes what is older than ten minutes: `state`, `nonce` and `code_verifier` of a sign-in that was given up. */
export function pruneRecords(storage: StringStorage, prefix: string, now: number): void {
  const records = Object.entries(readRecords(storage, prefix))
  const young = records.filter(([, [at]]) => Math.abs(now - at) < CODE_LIFETIME_MS)
  if (young.length < records.length) writeRecords(storage, prefix, Object.fromEntries(young))
}
