import { normalizeNeed, type GivenNeed, type NormalNeed } from '../renewal/token-need.ts'
import { unknownName, type Names } from '../unknown-name.ts'

/**
 * What is misspelled would be as if it were not said, and `methods` would be any.
 * @throws TypeError that says which names there are
 */
export function assertNames<T extends object>(where: string, given: T, names: Names<T>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`${where}the options must be an object`)
  }
  const unknown = unknownName(given, names)
  if (unknown === undefined) return
  const known = Object.keys(names).join(', ')
  throw new TypeError(`${where}${unknown} is not known here; there are ${known}`)
}

/** @throws TypeError that says whose need it is */
export function checkNeed(where: string, given: GivenNeed): NormalNeed {
  try {
    return normalizeNeed(given)
  } catch (error) {
    throw new TypeError(`${where}${(error as TypeError).message}`, { cause: error })
  }
}

export function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
}

/** Whether it is a list of what may have names. */
export function isObjectList(list: unknown): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null)
}
