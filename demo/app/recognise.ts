import { auth } from './auth.ts'
import { provider } from './provider-switches.ts'

export type Kind = 'access token' | 'ID token' | 'refresh token' | 'code'

/**
 * Finds out which of these strings are credentials. The stand-in provider knows its own by their hashes; with another
 * provider only those are known that this page may have.
 */
export async function recognise(strings: string[]): Promise<Map<string, Kind>> {
  const own = auth.getTokenResponse()
  const known = new Map<string, Kind>()
  for (const one of strings) {
    if (one === own?.access_token) known.set(one, 'access token')
    else if (one === own?.id_token) known.set(one, 'ID token')
  }
  if (!window.demo.control) return known
  const hashes = await Promise.all(strings.map(hash))
  const { kinds } = await provider<{ kinds: Record<string, Kind> }>('recognise', { hashes })
  strings.forEach((one, index) => {
    const kind = kinds[hashes[index]!]
    if (kind) known.set(one, kind)
  })
  return known
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
