import type { Core } from './core.ts'
import { leave, maySpend } from './sign-in.ts'

/** That this device had a session: set by a sign-in, the only thing we leave there, and no secret. */
export function hintOf<User>({ env, settings }: Core<User>) {
  const name = `${settings.name}.session`
  return {
    given: () => env.localStorage.get(name) !== null,
    give: () => env.localStorage.set(name, '1'),
    take: () => env.localStorage.set(name, null),
  }
}

/**
 * `silentSignIn: 'redirect'`: this device had a session and the vault lost it. One top-level `prompt=none`
 * (OpenID Connect Core §3.1.2.1) asks the provider for it, within the budget for redirects nobody asked for,
 * and never after a sign-out.
 */
export async function restore<User>(core: Core<User>): Promise<void> {
  const state = core.state!
  const hint = hintOf(core)
  const lost = state.status === 'empty' && state.reason === 'no_session' && hint.given()
  if (!lost || !maySpend(core)) return core.apply(state)
  hint.take()
  core.driver.begin()
  try {
    await leave(core, { prompt: 'none' }, true)
  } catch (error) {
    // It never left: the next load may try again.
    hint.give()
    throw error
  }
}
