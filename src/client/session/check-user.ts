import { AuthError } from '../../errors.ts'
import type { UserClaims } from '../../vault/vault.ts'
import type { StandardSchema } from '../options/options.ts'
import { withDeadline } from '../promises.ts'

/** A schema may ask a server, but not for ever. */
const SCHEMA_DEADLINE_MS = 10_000

/**
 * Makes the user of the ID token's claims by the application's schema.
 * @throws AuthError `user_invalid`, whatever the schema's way to say no
 */
export async function checkUser<User>(
  schema: StandardSchema<User>,
  claims: UserClaims,
  page: { timer(callback: () => void, ms: number): () => void },
): Promise<User> {
  try {
    const answer = (async () => schema['~standard'].validate(claims))()
    const result = await withDeadline(page, SCHEMA_DEADLINE_MS, answer)
    if (!result.issues) return result.value
    throw new Error(result.issues.map(({ message }) => message).join('; '))
  } catch (error) {
    // What the schema says may quote a claim: that is for `cause`, which no diagnostics copy.
    throw new AuthError('user_invalid', {
      message: 'userSchema refused the claims of the ID token; `cause` says why.',
      cause: error,
    })
  }
}
