// What a refusal says to people who did not read the specifications: the provider's own words, and where to change what.

/** Providers say so under several codes, "invalid_request" among them (Google, Microsoft Entra ID). */
const WANTS_SECRET = /client.?secret|client.?assertion|single.?page application/i

const WAYS_OUT: Record<string, string> = {
  invalid_scope:
    'Name the scope in the option `scope` at sign-in, and allow it for this client at the provider.',
  invalid_target:
    'Name the resource in the option `resource` at sign-in, and allow it for this client at the provider.',
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
    return ' A browser keeps no secret: register a public (SPA) client at the provider.'
  }
  return Object.hasOwn(WAYS_OUT, word) ? ` ${WAYS_OUT[word]}` : ''
}
