import { AuthError } from '../errors.ts'
import { remaining } from '../renewal/lifetime.ts'
import { deserialize } from '../vault/held-token.ts'
import { abortable } from './abortable.ts'
import type { Core } from './core.ts'
import type { Tokens } from './tokens.ts'
import type { AccessTokenOptions } from './types.ts'

/** So long an error is shown to whoever reads the token as a value and watches nothing, a suspended component say (ms). */
const MEMORY = 10_000

/** A call that found no token at hand waits for a session, then for the vault. */
export function askToken<User>(core: Core<User>, asked: AccessTokenOptions): Promise<string> {
  // The schedule came with this part, should it have failed before.
  core.tokens.wake()
  const ask = async () => {
    await signedIn(core)
    return fetchToken(core, asked)
  }
  return asked.signal ? abortable(asked.signal, ask) : ask()
}

export async function getUserInfo<User>(core: Core<User>): Promise<Record<string, unknown>> {
  await signedIn(core)
  return core.withVault((vault) => vault.userInfo(core.subject))
}

/** Somebody is signed in: whoever the page showed when it was asked, if it showed anybody. */
async function signedIn<User>(core: Core<User>): Promise<void> {
  const shown = core.driver.holder()?.subject
  // Refused on a server.
  await core.withVault(async () => {})
  if (!core.subject) await core.whenSettled()
  const none = core.tokens.closed()
  if (none || !core.subject) throw none ?? nobody()
  if (shown !== undefined && shown !== core.subject) throw overtaken()
}

/** Without a `minValidity` of its own, the client's default counts. */
async function fetchToken<User>(
  { tokens, env }: Core<User>,
  asked: AccessTokenOptions,
): Promise<string> {
  const { minValidity, forceRefresh } = asked
  forget(tokens)
  const entry = tokens.entry(asked)
  const session = tokens.session()
  try {
    for (const force of [forceRefresh, false]) {
      const issued = await tokens.ask({
        ...entry.need,
        minValidity: minValidity ?? tokens.leastOf(entry.token),
        forceRefresh: force,
      })
      if (session !== tokens.session()) throw tokens.closed() ?? overtaken()
      tokens.store(issued)
      // The vault's answer may have lain in a frozen page's queue. `expires_in: 0` is good for this once.
      const token = deserialize(issued, tokens.now())
      const holds = remaining(token, tokens.now())
      if (!token.lifetime || holds > (minValidity ?? 0)) return token.response.access_token
    }
    throw new AuthError('timeout', { message: 'The token was over when it came. Try again.' })
  } catch (error) {
    if (session === tokens.session() && minValidity === undefined) {
      // The default is a wish: a token that still holds is better than none.
      const token = forceRefresh ? undefined : tokens.held(asked, 0)
      if (token !== undefined) return token
      // Those who read the token as a value learn it too, unless they have one.
      if (tokens.left(entry) <= 0) {
        entry.error = error as AuthError
        tokens.show(entry)
        env.timer(() => {
          if (entry.error !== error || entry.watchers) return
          entry.error = undefined
          tokens.show(entry)
        }, MEMORY)
      }
    }
    throw error
  }
}

/** Needs may be as many as an app can think of: what is over and has no reader is not kept. */
function forget({ entries, left }: Tokens): void {
  for (const [key, entry] of entries) {
    if (key && entry.token && entry.listeners.nobody() && left(entry) <= 0) entries.delete(key)
  }
}

const nobody = () => new AuthError('signed_out', { message: 'Nobody is signed in yet.' })
const overtaken = () => new AuthError('user_mismatch', { message: 'Another user signed in.' })
