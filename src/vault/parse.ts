import { isText, type JsonObject } from '../oauth/json.ts'

// For what comes through a port or a channel, copied member by member: any script of the origin may have sent it.
// Each throws a TypeError that names what is not as it must be.

export function parseMembers(value: unknown, name: string): JsonObject {
  if (typeof value !== 'object' || !value || Array.isArray(value)) {
    throw mistakeError(name, 'an object')
  }
  return { ...value }
}

/** An ID token, or an authorization code, with all its claims in it. */
const MAX_LENGTH = 32_768

export function parseText(object: JsonObject, name: string, maxLength = MAX_LENGTH): string {
  const value = object[name]
  if (!isText(value)) throw mistakeError(name, 'a string')
  if (value.length > maxLength) throw mistakeError(name, 'shorter')
  return value
}

export function parseOptionalText(object: JsonObject, name: string): string | undefined {
  return object[name] === undefined ? undefined : parseText(object, name)
}

/** `null` is "absent". */
export function parseOptionalList(object: JsonObject, name: string): string[] | undefined {
  const value = object[name] ?? undefined
  if (value === undefined) return undefined
  if (!Array.isArray(value) || !value.every(isText)) throw mistakeError(name, 'a list of strings')
  return [...value]
}

export function mistakeError(name: string, expected: string): TypeError {
  return new TypeError(`${name}: must be ${expected}`)
}
