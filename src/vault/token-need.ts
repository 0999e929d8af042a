import type { TokenNeed } from './vault.ts'

/** Which access token a need is for, in its one form: equal needs are equal here, letter for letter. */
export interface NormalNeed {
  /** `''` is the session's own token. */
  key: string
  /** Sorted, each once; absent where none was named. */
  resource?: string[]
  /** Sorted, each once, separated by single spaces; absent where none was named. */
  scope?: string
}

/** As a caller may write it. */
export interface WrittenNeed {
  resource?: string | readonly string[] | null | undefined
  scope?: string | null | undefined
}

/**
 * The one place that says which needs are equal: the key and the request are both made of its answer. What is not
 * understood is refused, so that it never becomes the session's own token. @throws TypeError that names the option
 */
export function normalizeNeed({ resource, scope }: WrittenNeed): NormalNeed {
  const resources = normalizeResource(resource)
  const scopes = normalizeScope(scope)
  if (!resources && !scopes) return { key: '' }
  return {
    key: JSON.stringify([resources ?? [], scopes]),
    ...(resources && { resource: resources }),
    ...(scopes && { scope: scopes.join(' ') }),
  }
}

export function needKey(need: WrittenNeed): string {
  return normalizeNeed(need).key
}

/** A need from a port or a caller, member by member. @throws TypeError that names the option */
export function parseTokenNeed(argument: unknown): TokenNeed & NormalNeed {
  if (typeof argument !== 'object' || !argument || Array.isArray(argument)) {
    throw new TypeError('getToken: not a need')
  }
  const need = argument as { [Name in keyof TokenNeed]: unknown }
  const { subject, minValidity = 0 } = need
  if (typeof need.resource === 'string') throw new TypeError('resource: must be a list')
  if (subject !== undefined && typeof subject !== 'string') {
    throw new TypeError('subject: must be a string')
  }
  if (typeof minValidity !== 'number' || !(minValidity >= 0)) {
    throw new TypeError('getAccessToken: `minValidity` must be milliseconds, 0 or more')
  }
  return {
    ...normalizeNeed(need as WrittenNeed),
    ...(subject !== undefined && { subject }),
    minValidity,
    forceRefresh: Boolean(need.forceRefresh),
    proactive: Boolean(need.proactive),
    resumed: Boolean(need.resumed),
  }
}

function normalizeResource(resource: unknown): string[] | undefined {
  if (resource === undefined || resource === null) return undefined
  const resources: unknown[] = Array.isArray(resource) ? [...resource] : [resource]
  if (!resources.every(isNonEmptyString)) {
    throw new TypeError('resource: must be a string or an array of strings, none of them empty')
  }
  return sortedUnique(resources)
}

/** RFC 6749 §3.3: case-sensitive words in any order. */
function normalizeScope(scope: unknown): string[] | undefined {
  if (scope === undefined || scope === null) return undefined
  if (typeof scope !== 'string') throw new TypeError('scope: must be a string')
  return sortedUnique(scope.split(/\s+/).filter(Boolean))
}

function sortedUnique(words: string[]): string[] | undefined {
  return words.length > 0 ? [...new Set(words)].sort() : undefined
}

function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
