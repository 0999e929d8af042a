import type { abortable } from '../abortable.ts'
import type { RequireSessionOptions, SignInOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import {
  mayStartSignIn,
  type ExpiredSession,
  type Session,
  type SignedInSession,
} from '../session/session.ts'
import type { SignedInParts } from '../session/signed-in.ts'
import { placeLoaded } from './place-loaded.ts'

export interface RequireSessionParts<User> extends SignedInParts<User> {
  page: Pick<PageEnvironment, 'location'>
  /** Resolves once the session is neither being restored nor on its way. */
  whenSettled(): Promise<Session<User>>
  abortable: typeof abortable
}

/** @param signal ends it while the page has not been left */
type SignIn<Parts> = (
  parts: Parts,
  options: SignInOptions,
  signal: AbortSignal | undefined,
) => Promise<void>

/** What a guard resolves with. */
type Guarded<User> = SignedInSession<User> | ExpiredSession<User>

/**
 * Waits for the session, and leaves for the provider where nobody is signed in.
 * @throws AuthError why there is no session @throws TypeError
 */
export function requireSession<User, Parts extends RequireSessionParts<User>>(
  parts: Parts & RequireSessionParts<User>,
  options: RequireSessionOptions = {},
  signIn: SignIn<Parts>,
): Promise<Guarded<User>> {
  const { request, abortController } = options
  const signal = options.signal ?? request?.signal ?? abortController?.signal
  return parts.abortable(signal, async () => {
    assertUnderstood(options)
    return guard(parts, options, (how) => signIn(parts, how, signal))
  })
}

async function guard<User>(
  parts: RequireSessionParts<User>,
  options: RequireSessionOptions,
  signIn: (options: SignInOptions) => Promise<void>,
): Promise<Guarded<User>> {
  const { page, machine, tokens, connection } = parts
  const { onSignedOut, onExpired, preload } = options
  await connection.open()
  const session = await parts.whenSettled()
  const mayLeave = onSignedOut !== 'throw' && !preload && mayStartSignIn(session)
  if (mayLeave) {
    const returnTo = placeLoaded(page.location.href, options)
    await signIn({ ...options.signIn, returnTo, automatic: true })
    // The page goes. Where something holds it back, or the user comes back to it, the session says what is so.
    await parts.whenSettled()
  }
  if (tokens.session && machine.shown) return machine.shown
  if (machine.session.status === 'expired' && onExpired === 'keep') return machine.session
  throw tokens.closedError()
}

/** @throws TypeError naming the option */
function assertUnderstood({ onSignedOut, onExpired }: RequireSessionOptions): void {
  assertOneOf('onSignedOut', onSignedOut, ['sign-in', 'throw'])
  assertOneOf('onExpired', onExpired, ['throw', 'keep'])
}

function assertOneOf(name: string, given: string | undefined, known: string[]): void {
  if (given === undefined || known.includes(given)) return
  throw new TypeError(`requireSession: \`${name}\` must be '${known.join("' or '")}'`)
}
