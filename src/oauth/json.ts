export type JsonObject = Record<string, unknown>

/**
 * A member that is `null` is absent, at any depth: servers that serialise every field of an object send them.
 * @returns undefined for anything but one JSON object. Errors of JSON.parse quote the text: never a cause.
 */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text, dropNull)
    if (isObject(value)) return value
  } catch {}
  return undefined
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** In a list a `null` stays, as what is wrong with it. */
function dropNull(this: unknown, _name: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A duration or an instant: numbers only, and JSON's 1e999 is none. */
export function isSeconds(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}
