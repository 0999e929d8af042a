import type { AuthClient, RequireSessionOptions } from '../../client/auth-client.ts'
import { createClientIn } from '../../client/create-auth-client.ts'
import type { Mode } from '../../client/modes/mode.ts'
import type { StandardSchema } from '../../client/options/options.ts'
import type { PageEnvironment } from '../../client/page/environment.ts'
import type { AuthError } from '../../errors.ts'
import type { UserClaims, VaultState } from '../../vault/vault.ts'
import {
  assertAnswer,
  assertAuthError,
  assertClaims,
  assertExpiry,
  assertTestAuthOptions,
} from './check-test-auth.ts'
import type { TestAuth, TestAuthOptions, TestExpiry, TestSession } from './test-auth.ts'
import { SessionMoves } from './session-moves.ts'
import { createTestPage } from './test-page.ts'
import { BACK, TestProviderPages } from './test-sign-in.ts'
import { TestVault } from './test-vault.ts'

const HOUR = 3_600_000
const TEST_USER: UserClaims = { sub: 'test-user' }

let count = 0

/**
 * A client for tests and stories: a real one but for user, provider and refresh token, which are the test's. Each has a
 * session of its own.
 *
 * @example
 *     const auth = createTestAuth({ user: { sub: 'u1', name: 'Ada' } })
 *     render(<AuthProvider client={auth}><App /></AuthProvider>)
 *     await screen.findByText('Hello, Ada')
 *     await act(() => auth.expire())
 * @throws TypeError naming the option
 */
export function createTestAuth<User>(
  options: TestAuthOptions<User> & { userSchema: StandardSchema<User> },
): TestAuth<User>
export function createTestAuth(options?: TestAuthOptions): TestAuth
export function createTestAuth<User>(options: TestAuthOptions<User> = {}): TestAuth<User> {
  assertTestAuthOptions(options)
  const { user = TEST_USER, session, lifetime = HOUR, userInfo = {} } = options
  const page = createTestPage(() => pages.visit())
  const vault = new TestVault({ page, lifetime, userInfo }, stateOf(session, user))
  const pages = new TestProviderPages(vault, userOf(session) ?? user ?? TEST_USER)
  const moves = new SessionMoves(session?.status)
  if (session?.status === 'error') pages.first = session.error
  if (session?.status === 'signing-in') pages.first = moves.moved
  const mode = testMode(vault, pages, moves)
  const client = createClientIn<User, TestVault>(mode, options, () => page)
  // From the start: a test that looks after its first `await` finds the session there.
  client.start()
  const become = (state: VaultState) => moves.moveTo(state, client, vault)
  const isShown = session?.status === 'expired' ? become(expired(session.user, session)) : undefined
  return {
    ...client,
    requireSession: ((given: RequireSessionOptions = {}) =>
      client.requireSession(placeInMemory(page, given))) as AuthClient<User>['requireSession'],
    async whenSettled() {
      await isShown
      return client.whenSettled()
    },
    async signIn({ mode: how, ...given } = {}) {
      moves.goOn()
      await client.signIn(given)
      const error = await pages.back
      // The page that asked in a popup is told itself.
      if (error && how === 'popup') throw error
    },
    signOut(given) {
      moves.goOn()
      return client.signOut(given)
    },
    signInAs: async (claims) => become(liveAs(claims)),
    async signOutElsewhere() {
      if (client.getSession().status === 'signed-out') return
      await become({ status: 'empty', reason: 'signed_out_elsewhere' })
    },
    async expire(expiry) {
      assertExpiry('expire', expiry)
      const { status } = client.getSession()
      if (vault.state.status !== 'live' || status === 'error') {
        throw new TypeError(`expire: no user is signed in, the session is \`${status}\``)
      }
      await become(expired(vault.state.claims, expiry))
    },
    failRenewals(error) {
      assertKeepsSession(error)
      vault.failure = error
    },
    answerSignIns(answer) {
      assertAnswer(answer)
      pages.answer = answer
    },
    signIns: pages.signIns,
  }
}

/** A router in memory has an origin of its own: the sign-in is recorded with its place all the same. */
function placeInMemory(
  { location }: Pick<PageEnvironment, 'location'>,
  given: RequireSessionOptions,
): RequireSessionOptions {
  if (!given.request) return given
  const { origin, pathname, search } = new URL(given.request.url)
  return origin === new URL(location.href).origin
    ? given
    : { returnTo: pathname + search, ...given }
}

function testMode(
  vault: TestVault,
  pages: TestProviderPages,
  moves: SessionMoves,
): Mode<TestVault> {
  return {
    name: `evertoken.test.${(count += 1)}`,
    async openVault() {
      if (moves.start === 'restoring') await moves.moved
      return { vault, state: await vault.open(), kind: 'page' }
    },
    openAnnouncements: () => ({ announce() {}, listen() {}, close() {} }),
    recognize: () => pages.first && BACK,
    loadSignIn: async (parts) => pages.signIn(parts),
  }
}

/** What the page finds: of a session that expired before, the page would not show the user. */
function stateOf(session: TestSession | undefined, user: UserClaims | null): VaultState {
  if (session?.status === 'signed-out') {
    return { status: 'empty', reason: session.reason ?? 'no_session' }
  }
  const claims = session ? userOf(session) : user
  return claims ? { status: 'live', claims } : { status: 'empty', reason: 'no_session' }
}

/** @throws TypeError */
function liveAs(claims: UserClaims): VaultState {
  assertClaims('signInAs: what is given', claims)
  return { status: 'live', claims }
}

function expired(
  claims: UserClaims,
  { reason = 'invalid_grant', error }: TestExpiry = {},
): VaultState {
  return { status: 'expired', claims, reason, ...(error && { error: error.toJSON() }) }
}

function userOf(session: TestSession | undefined): UserClaims | undefined {
  return session?.status === 'expired' ? session.user : undefined
}

/** A client never says these of a session that it shows as signed in. */
function assertKeepsSession(error: AuthError | undefined): void {
  if (error === undefined) return
  assertAuthError('failRenewals: what is given', error)
  if (!['session_expired', 'signed_out'].includes(error.code)) return
  throw new TypeError(
    `failRenewals: \`${error.code}\` is said where the session is over: use expire() or signOutElsewhere()`,
  )
}
