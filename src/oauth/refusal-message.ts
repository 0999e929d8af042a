// What a refusal says to people who did not read the specifications: the provider's own words, and where to change what.

/** Providers say so under several codes, "invalid_request" among them (Google, Microsoft Entra ID). */
const WANTS_SECRET = /client.?secret|client.?assertion|single.?page application/i

/** What was refused, by the option that names it. */
const REFUSED_OPTIONS: Record<string, string> = {
  invalid_scope: 'scope',
  invalid_target: 'resource',
}

/** @param word the provider's `error` @param description its `error_description`; both without secrets */
export function providerWords(word: string, description = ''): string {
  // What may be markup stays in `errorDescription` alone: messages end up in places that are not asked.
  const told = description.replace(/[<>]/g, '').trim()
  if (!told) return `${word}.`
  return `${word}: ${told}${told.endsWith('.') ? '' : '.'}`
}

/** What to do about it, where that is known; it begins with a blank. */
export function wayOut(word = '', description = '', confidential = false): string {
  if (!confidential && (word === 'invalid_client' || WANTS_SECRET.test(description))) {
    return ' A browser has no secret: register a public (SPA) client.'
  }
  if (!Object.hasOwn(REFUSED_OPTIONS, word)) return ''
  return ` Name it in the option \`${REFUSED_OPTIONS[word]}\` at sign-in, and allow it for this client at the provider.`
}
