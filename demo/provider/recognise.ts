import { createHash } from 'node:crypto'
import type { IssuedSecrets } from './secrets.ts'

const NAMES: Record<keyof IssuedSecrets, string> = {
  refreshTokens: 'refresh token',
  accessTokens: 'access token',
  idTokens: 'ID token',
  codes: 'code',
}

/** Tells a page that searches itself which of these SHA-256 hashes are of credentials given out here. */
export function recognise(
  hashes: readonly string[],
  provider: { secrets(): IssuedSecrets },
): Record<string, string> {
  const asked = new Set(hashes)
  const kinds: Record<string, string> = {}
  for (const [name, secrets] of Object.entries(provider.secrets()) as [
    keyof IssuedSecrets,
    string[],
  ][]) {
    for (const secret of secrets) {
      const hash = createHash('sha256').update(secret).digest('hex')
      if (asked.has(hash)) kinds[hash] = NAMES[name]
    }
  }
  return kinds
}
