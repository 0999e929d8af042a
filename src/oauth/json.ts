export type JsonObject = Record<string, unknown>

/** @returns undefined for anything but one JSON object. Errors of JSON.parse quote the text: never a cause. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value && !Array.isArray(value)) return value as JsonObject
  } catch {}
  return undefined
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** A duration or an instant: numbers only, and JSON's 1e999 is none. */
export function isSeconds(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}
