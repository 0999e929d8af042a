/** One challenge of `WWW-Authenticate` (RFC 9110 §11.6.1), its names in lower case. */
export interface Challenge {
  scheme: string
  parameters: Record<string, string>
}

const TOKEN = String.raw`[!#$%&'*+.^_\`|~\w-]+`
const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`
/** A parameter, or what else stands between commas: a scheme, perhaps with its first parameter or its token68. */
const PARAMETER = new RegExp(String.raw`^(${TOKEN})\s*=\s*(?:${QUOTED}|(${TOKEN}))\s*`)
const SCHEME = new RegExp(String.raw`^(${TOKEN})(?:\s+|$)`)

/** What a header says that is understood; what is not is left out. */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: Challenge[] = []
  let rest = (header ?? '').trim()
  while (rest) {
    const parameter = PARAMETER.exec(rest)
    const scheme = parameter ? null : SCHEME.exec(rest)
    const current = challenges.at(-1)
    if (parameter && current) {
      const [, name = '', quoted, plain = ''] = parameter
      current.parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain
    }
    if (scheme) challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: {} })
    const read = (parameter ?? scheme)?.[0].length
    // A token68 and the like: on behind the next comma.
    rest = read === undefined ? rest.replace(/^[^,]*/, '') : rest.slice(read)
    rest = rest.replace(/^[\s,]+/, '')
  }
  return challenges
}

interface Refusal {
  status: number
  headers: Pick<Headers, 'get'>
}

/** What a resource says against a token (RFC 6750 §3), by the first challenge of a scheme of ours. */
export function tokenChallenge({
  headers,
}: Pick<Refusal, 'headers'>): Record<string, string> | undefined {
  const challenges = parseChallenges(headers.get('www-authenticate'))
  return challenges.find(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')?.parameters
}

/**
 * Whether an answer refuses the token itself, and a new one of the same session may do (RFC 6750 §3.1). Without an error
 * the token may be what is wrong; across origins the header is often not to be seen.
 */
export function refusesToken(response: Refusal): boolean {
  const { error = 'invalid_token' } = tokenChallenge(response) ?? {}
  return response.status === 401 && error === 'invalid_token'
}
