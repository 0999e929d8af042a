import { AuthError } from '../../errors.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { SchemaIssue, StandardSchema } from '../options/options.ts'
import { withDeadline } from '../promises.ts'

/** A schema may ask a server, but not for ever. */
const SCHEMA_DEADLINE_MS = 10_000
/** UserInfo needs a token, and a refresh before it may take long: the page shows nothing meanwhile. */
const USER_INFO_DEADLINE_MS = 10_000

export interface CheckUserParts {
  page: { timer(callback: () => void, ms: number): () => void }
  /** The provider's UserInfo response about a user. @throws AuthError */
  userInfo(subject: string): Promise<Record<string, unknown>>
}

/**
 * The user that the application's schema makes of the ID token's claims. Where the schema refuses them, UserInfo is
 * asked: many providers tell name and email there alone (OpenID Connect Core §5.4).
 * @throws AuthError `user_invalid`, whatever the schema's way to say no
 */
export async function checkUser<User>(
  { page, userInfo }: CheckUserParts,
  schema: StandardSchema<User>,
  claims: UserClaims,
): Promise<User> {
  const checked = await validate(page, schema, claims)
  if ('user' in checked) return checked.user
  const asked = withDeadline(page, USER_INFO_DEADLINE_MS, userInfo(claims.sub))
  const more = await asked.catch(() => undefined)
  if (!more) throw checked.refused
  // What the signed ID token says counts for more.
  const again = await validate(page, schema, { ...more, ...claims })
  if ('user' in again) return again.user
  throw again.refused
}

async function validate<User>(
  page: CheckUserParts['page'],
  schema: StandardSchema<User>,
  claims: UserClaims,
): Promise<{ user: User } | { refused: AuthError }> {
  try {
    // A copy: what an application's schema does to its argument is nothing to us. jsdom under Jest has no `structuredClone`.
    const answer = (async () => schema['~standard'].validate(JSON.parse(JSON.stringify(claims))))()
    const result = await withDeadline(page, SCHEMA_DEADLINE_MS, answer)
    return result.issues ? { refused: refusedError(result.issues) } : { user: result.value }
  } catch (error) {
    return { refused: refusedError([], error) }
  }
}

/** Names of claims are told; what the schema says may quote one, so it is for `cause`, which no diagnostics copy. */
function refusedError(issues: readonly SchemaIssue[], error?: unknown): AuthError {
  const names = new Set(issues.flatMap(({ path }) => path?.slice(0, 1).map(nameOf) ?? []))
  const which = names.size > 0 ? ` (${[...names].join(', ')})` : ''
  return new AuthError('user_invalid', {
    message: `userSchema refused what the provider says of the user${which}: does \`scope\` ask for it? \`cause\` says why.`,
    cause: error ?? new Error(issues.map(({ message }) => message).join('; ')),
  })
}

function nameOf(key: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof key === 'object' ? key.key : key)
}
