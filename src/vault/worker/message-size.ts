/** Metadata that an application gives is the longest of all: a few thousand characters, some hundred members. */
const MAX_CHARACTERS = 65_536
const MAX_MEMBERS = 1000

/**
 * Whether a message is small enough to be looked into: what is kept of it cannot fill the memory then. Only lists and
 * plain objects count, for nothing is ever kept of another value.
 */
export function isSmallMessage(message: unknown): boolean {
  let characters = 0
  let members = 0
  const waiting: unknown[] = [message]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'string') characters += value.length
    else if (isList(value) || isPlainObject(value)) {
      const entries = Object.entries(value)
      members += entries.length
      characters += entries.reduce((sum, [name]) => sum + name.length, 0)
      if (members <= MAX_MEMBERS) waiting.push(...entries.map(([, member]) => member))
    }
    if (characters > MAX_CHARACTERS || members > MAX_MEMBERS) return false
  }
  return true
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
