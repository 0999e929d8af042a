import type { AccessTokenOptions } from '../auth-client.ts'
import { abortable } from '../abortable.ts'
import { signedIn, type SignedInParts } from '../session/signed-in.ts'
import type { TokenEntry } from './token-entry.ts'

/** A token that is valid now: the one at hand, or the vault's. */
export async function getAccessToken<User>(
  parts: SignedInParts<User>,
  options: AccessTokenOptions = {},
): Promise<string> {
  const { minValidity, forceRefresh, signal } = options
  const entry = parts.tokens.entry(options)
  const held = forceRefresh || signal?.aborted ? undefined : entry.held(minValidity)
  return held ?? abortable(signal, () => requestToken(parts, entry, options))
}

async function requestToken<User>(
  parts: SignedInParts<User>,
  entry: TokenEntry,
  options: AccessTokenOptions,
): Promise<string> {
  const { tokens } = parts
  await signedIn(parts)
  const { minValidity = entry.defaultMinValidity, forceRefresh } = options
  const { session } = tokens
  try {
    return await entry.request({ minValidity, forceRefresh })
  } catch (error) {
    if (session !== tokens.session || options.minValidity !== undefined) throw error
    // The default is a wish: a token that is still valid is better than none.
    const token = entry.held(0)
    if (token !== undefined && !forceRefresh) return token
    // Those who read the token as a value learn of it too.
    if (token === undefined) entry.callFailed(error)
    throw error
  }
}
