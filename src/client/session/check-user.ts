import { AuthError } from '../../errors.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { StandardSchema } from '../options/options.ts'
import { withDeadline } from '../promises.ts'

/** A schema may ask a server, but not for ever. */
const SCHEMA_DEADLINE_MS = 10_000

/**
 * The user that the application's schema makes of the ID token's claims; without one, the claims.
 * @throws AuthError `user_invalid`, whatever the schema's way to say no
 */
export async function checkUser<User>(
  page: { timer(callback: () => void, ms: number): () => void },
  schema: StandardSchema<User> | undefined,
  claims: UserClaims,
): Promise<User> {
  // Without a schema the user's type is the claims': the overloads of createAuthClient say so.
  if (!schema) return claims as User
  try {
    const answer = (async () => schema['~standard'].validate(claims))()
    const result = await withDeadline(page, SCHEMA_DEADLINE_MS, answer)
    if (!result.issues) return result.value
    throw new Error(result.issues.map(({ message }) => message).join('; '))
  } catch (error) {
    // What the schema says may quote a claim: that is for `cause`, which no diagnostics copy.
    throw new AuthError('user_invalid', {
      message: 'userSchema refused the claims: see `cause`.',
      cause: error,
    })
  }
}
