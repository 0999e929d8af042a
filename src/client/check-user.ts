import { AuthError } from '../errors.ts'
import type { UserClaims } from '../vault/vault.ts'
import type { PageEnvironment } from './page/environment.ts'
import type { StandardSchema } from './options.ts'
import { within } from './within.ts'

/** A schema may ask a server, but not for ever (ms). */
const DEADLINE = 10_000

/** @throws AuthError `user_invalid`, whatever the schema's way to say no */
export async function checkUser<User>(
  schema: StandardSchema<User>,
  claims: UserClaims,
  page: PageEnvironment,
): Promise<User> {
  try {
    const answer = (async () => schema['~standard'].validate(claims))()
    const result = await within(page, DEADLINE, answer)
    if (!result.issues) return result.value
    throw new Error(result.issues.map(({ message }) => message).join('; '))
  } catch (error) {
    // What it says may quote a claim: that is for `cause`, which no diagnostics copy.
    throw new AuthError('user_invalid', {
      message: 'userSchema refused the claims of the ID token; `cause` says why.',
      cause: error,
    })
  }
}
