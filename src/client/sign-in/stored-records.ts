import type { StringStorage } from '../../vault/string-storage.ts'

// The page loads this file from the start: what comes back to it may be of a sign-in that it began.

/** What is stored by `state`; `null` where it was taken. */
export type StoredRecords = Record<string, [at: number, record: unknown]>

/** @param prefix of this client's names in storage */
export const recordsName = (prefix: string): string => `${prefix}.sign-in`

export function readRecords(storage: StringStorage, prefix: string): StoredRecords {
  try {
    return Object(JSON.parse(storage.get(recordsName(prefix)) ?? '{}')) as StoredRecords
  } catch {
    // Where another script wrote something there, it is no sign-in of ours.
    return {}
  }
}
