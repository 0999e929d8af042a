import {
  checkProtectedResources,
  checkRenewal,
  checkUserSchema,
} from '../../client/options/check-options.ts'
import type { AuthError } from '../../errors.ts'
import { EXPIRY_REASONS } from '../../renewal/expiry-reason.ts'
import { unknownName, type Names } from '../../unknown-name.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { TestAuthOptions, TestExpiry, TestSession } from './test-auth.ts'

const NAMES: Names<TestAuthOptions> = {
  user: true,
  session: true,
  lifetime: true,
  userInfo: true,
  userSchema: true,
  protectedResources: true,
  navigate: true,
  renewal: true,
}
const STATUSES: Record<TestSession['status'], true> = {
  restoring: true,
  'signing-in': true,
  'signed-out': true,
  expired: true,
  error: true,
}
const REASONS: readonly string[] = EXPIRY_REASONS
const EMPTY_REASONS = ['no_session', 'signed_out', 'signed_out_elsewhere', ...REASONS]

/** What is wrong here would be a component that never shows what its test waits for. @throws TypeError naming the option */
export function assertTestAuthOptions<User>(options: TestAuthOptions<User>): void {
  if (!isObject(options)) throw wrong('options must be an object')
  const unknown = unknownName<{ [Name in keyof TestAuthOptions]?: unknown }>(options, NAMES)
  if (unknown !== undefined) {
    throw wrong(`\`${unknown}\` is not an option; there are ${Object.keys(NAMES).join(', ')}`)
  }
  const { user, session, lifetime, userInfo, navigate } = options
  if (user !== undefined && session !== undefined) {
    throw wrong('give `user` or `session`, and not both')
  }
  if (user !== undefined && user !== null) assertClaims('createTestAuth: `user`', user)
  if (session !== undefined) assertSession(session)
  if (lifetime !== undefined && !(typeof lifetime === 'number' && lifetime > 0)) {
    throw wrong('`lifetime` must be milliseconds, and more than 0')
  }
  if (userInfo !== undefined && !isObject(userInfo)) throw wrong('`userInfo` must be an object')
  if (navigate !== undefined && typeof navigate !== 'function') {
    throw wrong('`navigate` must be a function')
  }
  checkRenewal(options)
  // An application behind a backend has the same list in its tests.
  checkProtectedResources({ protectedResources: options.protectedResources, bff: '/bff' })
  checkUserSchema(options)
}

/** @param where whose claims they are. @throws TypeError */
export function assertClaims(where: string, claims: unknown): asserts claims is UserClaims {
  const { sub } = Object(claims) as Partial<UserClaims>
  if (typeof sub === 'string' && sub) return
  throw new TypeError(`${where} must be the claims of an ID token: an object with \`sub\``)
}

/** Who signs in, or why nobody does. @throws TypeError */
export function assertAnswer(answer: unknown): void {
  if (answer instanceof Error) assertAuthError('answerSignIns: an error', answer)
  else assertClaims('answerSignIns: what is no AuthError', answer)
}

/** @throws TypeError */
export function assertExpiry(where: string, { reason, error }: TestExpiry = {}): void {
  if (reason !== undefined && !REASONS.includes(reason)) {
    throw new TypeError(`${where}: \`reason\` must be one of ${REASONS.join(', ')}`)
  }
  if (error !== undefined) assertAuthError(`${where}: \`error\``, error)
}

/** By its name: a runner that loads modules anew has another class of the same. @throws TypeError */
export function assertAuthError(where: string, error: unknown): asserts error is AuthError {
  if (error instanceof Error && error.name === 'AuthError') return
  throw new TypeError(`${where} must be an AuthError`)
}

function assertSession(session: TestSession): void {
  const { status } = Object(session) as Partial<TestSession>
  if (status === undefined || !Object.hasOwn(STATUSES, status)) {
    throw wrong(
      `\`session.status\` must be one of ${Object.keys(STATUSES).join(', ')}; who is signed in is \`user\``,
    )
  }
  if (session.status === 'error') assertAuthError('createTestAuth: `session.error`', session.error)
  if (session.status === 'expired') {
    assertClaims('createTestAuth: `session.user`', session.user)
    assertExpiry('createTestAuth: `session`', session)
  }
  const { reason } = session as { reason?: string }
  if (status === 'signed-out' && reason !== undefined && !EMPTY_REASONS.includes(reason)) {
    throw wrong(`\`session.reason\` must be one of ${EMPTY_REASONS.join(', ')}`)
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(what: string): TypeError {
  return new TypeError(`createTestAuth: ${what}`)
}
