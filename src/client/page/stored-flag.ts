import type { StringStorage } from '../../vault/string-storage.ts'

/** That something is so, remembered under a name; not so where there is no storage. */
export interface StoredFlag {
  isSet(): boolean
  set(value: boolean): void
}

export function createStoredFlag(storage: StringStorage, name: string): StoredFlag {
  return {
    isSet: () => storage.get(name) !== null,
    set: (value) => void storage.set(name, value ? '1' : null),
  }
}
