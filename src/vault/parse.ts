import { isObject, isSeconds, isText, type JsonObject } from '../oauth/json.ts'
import { checkMetadata } from '../oauth/metadata.ts'
import type { ServerMetadata } from '../oauth/types.ts'

// For what comes through a port or a channel: any script of the origin may have sent it. A form is a table of its
// members, each with its parser; what no table names is not copied.

/**
 * Copies a value of one form.
 * @param name of the member, for the TypeError that says what is not as it must be
 * @param whole the object it is a member of
 */
export type Parser<Value> = (value: unknown, name: string, whole: JsonObject) => Value

type Members<Value> = { [Name in keyof Required<Value>]: Parser<Value[Name]> }

/** An object with exactly these members; one that is undefined is left out. */
export function object<Value extends object>(
  members: Members<Value>,
): (value: unknown, name: string) => Value {
  return (value, name) => {
    const given = anyObject(value, name)
    const copy: JsonObject = {}
    for (const [member, parse] of Object.entries<Parser<unknown>>(members)) {
      const parsed = parse(given[member], member, given)
      if (parsed !== undefined) copy[member] = parsed
    }
    return copy as Value
  }
}

/** `null` is "absent". */
export function optional<Value>(parse: Parser<Value>): Parser<Value | undefined> {
  return (value, name, whole) =>
    value === undefined || value === null ? undefined : parse(value, name, whole)
}

/** An ID token, or an authorization code, with all its claims in it. */
const MAX_LENGTH = 32_768

export function textUpTo(maxLength: number): (value: unknown, name: string) => string {
  return (value, name) => {
    if (!isText(value)) throw mistakeError(name, 'a string')
    if (value.length > maxLength) throw mistakeError(name, 'shorter')
    return value
  }
}

export const text = textUpTo(MAX_LENGTH)

/** Whose, by `sub`. Here `null` is a mistake: nobody in particular is asked for by leaving it out. */
export function subject(value: unknown, name: string): string | undefined {
  return value === undefined ? value : text(value, name)
}

export function texts(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || !value.every(isText)) throw mistakeError(name, 'a list of strings')
  return [...value]
}

/** A duration, an instant or a count. */
export function seconds(value: unknown, name: string): number {
  if (!isSeconds(value)) throw mistakeError(name, 'a number, 0 or more')
  return value
}

export const flag = Boolean

/** An object whose members are looked at elsewhere. */
export function anyObject(value: unknown, name: string): JsonObject {
  if (!isObject(value)) throw mistakeError(name, 'an object')
  return value
}

/** Of the issuer beside it. */
export function metadata(value: unknown, _: string, { issuer }: JsonObject): ServerMetadata {
  return checkMetadata(text(issuer, 'issuer'), value)
}

export function mistakeError(name: string, expected: string): TypeError {
  return new TypeError(`${name}: must be ${expected}`)
}
