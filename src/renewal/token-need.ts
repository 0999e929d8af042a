// The page loads this file from the start: what a port sends is parsed in vault/keeper/parse-token-need.ts.

/** Whose access token, in every form that callers write: for other resources (RFC 8707) or a narrower scope. */
export interface GivenNeed {
  resource?: string | readonly string[] | null | undefined
  scope?: string | null | undefined
}

/** One need in its one form: made once, used for the key and for the request. Equal needs are equal here. */
export interface NormalNeed {
  /** `''` is the session's own token. */
  readonly key: string
  /** Sorted, each once; absent where none is given. */
  readonly resource?: string[]
  /** Sorted, each once, with single spaces between; absent where none is given. */
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
  const resources = wordsOf('resource', resource)
  const scopes = wordsOf(
    'scope',
    typeof scope === 'string' ? scope.match(/\S+/g) : scope && [scope],
  )
  if (!resources && !scopes) return OWN_TOKEN
  return {
    key: JSON.stringify([resources ?? [], scopes ?? []]),
    ...(resources && { resource: resources }),
    ...(scopes && { scope: scopes.join(' ') }),
  }
}

/** Sorted, each once; undefined where none is given. */
function wordsOf(member: string, given: unknown): string[] | undefined {
  // A copy: a hole in the list is undefined in it.
  const words: unknown[] = Array.isArray(given) ? [...given] : [given ?? []].flat()
  for (const word of words) {
    if (typeof word !== 'string' || !word)
      throw new TypeError(`${member}: must be text, and not empty`)
  }
  return words.length > 0 ? [...new Set(words as string[])].sort() : undefined
}
