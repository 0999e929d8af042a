import type { StringStorage } from '../../vault/string-storage.ts'

/** Storage over a map; one that does not work is one that the user has forbidden. */
export function virtualStorage(map: Map<string, string>, works = true): StringStorage {
  return {
    get: (name) => (works ? (map.get(name) ?? null) : null),
    set(name, value) {
      if (!works) return false
      if (value === null) map.delete(name)
      else map.set(name, value)
      return true
    },
  }
}
