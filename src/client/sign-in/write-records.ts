import { CODE_LIFETIME_MS } from '../../renewal/lifetime.ts'
import type { StringStorage } from '../../vault/string-storage.ts'
import { readRecords, recordsName, type StoredRecords } from './stored-records.ts'

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
