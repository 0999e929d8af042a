/** Whose access token, in every form that callers write: for other resources (RFC 8707) or a narrower scope. */
export interface GivenNeed {
  resource?: string | readonly string[] | null | undefined
  scope?: string | null | undefined
}

/** One need in its one form: made once, used for the key and for the request. Equal needs are equal here. */
export interface NormalNeed {
  /** `''` is the session's own token. */
  readonly key: string
  readonly resource?: string[]
  readonly scope?: string
}

const OWN_TOKEN: NormalNeed = { key: '' }

/**
 * Order and repetition do not matter; a scope or resource that is empty, `null` or blank is not given.
 * @throws TypeError naming the member: a need that is not understood never becomes the session's own
 */
export function normalizeNeed({ resource, scope }: GivenNeed = {}): NormalNeed {
  // Most calls: nothing is asked for but the session's own token.
  if (resource === undefined && scope === undefined) return OWN_TOKEN
  const resources = listOf(resource)
  const scopes = scopesOf(scope)
  if (resources.length === 0 && scopes.length === 0) return OWN_TOKEN
  return {
    key: JSON.stringify([resources, scopes]),
    ...(resources.length > 0 && { resource: resources }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  }
}

function listOf(resource: unknown): string[] {
  const given: unknown[] = Array.isArray(resource) ? resource : [resource ?? []].flat()
  const resources = given.filter((uri) => typeof uri === 'string' && uri !== '') as string[]
  if (resources.length !== given.length) {
    throw new TypeError('resource: must be a string or an array of strings, and none of them empty')
  }
  return [...new Set(resources)].sort()
}

function scopesOf(scope: unknown): string[] {
  if (typeof (scope ?? '') !== 'string') throw new TypeError('scope: must be a string')
  return [...new Set(((scope ?? '') as string).split(' ').filter(Boolean))].sort()
}
