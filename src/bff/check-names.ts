import type { Names } from './option-names.ts'

/**
 * What is misspelled would be as if it were not said, and `methods` would be any.
 * @throws TypeError that says which names there are
 */
export function assertNames<T extends object>(where: string, given: T, names: Names<T>): void {
  const unknown = Object.entries(given).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(names, name),
  )
  if (!unknown) return
  const known = Object.keys(names).join(', ')
  throw new TypeError(`createBff: ${where}${unknown[0]} is not known here; there are ${known}`)
}

/** Whether it is a list of what may have names. */
export function isObjectList(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null)
}
