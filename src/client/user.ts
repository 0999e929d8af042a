import { AuthError } from '../oauth/errors.ts'
import type { UserClaims } from '../vault/types.ts'
import { within } from './within.ts'
import type { PageEnvironment } from './environment.ts'
import type { StandardSchema } from './options.ts'

/** A schema may ask a server, but not for ever (ms). */
const DEADLINE = 10_000

/** Claims → the application's user: checked by `userSchema`, and the same object as long as the claims say the same. */
export function createUserReader<User>(
  schema: StandardSchema<User> | undefined,
  page: () => PageEnvironment,
) {
  let known: string | undefined
  let user: User
  return async (claims: UserClaims): Promise<User> => {
    const said = JSON.stringify(claims)
    if (said !== known) {
      user = schema ? await check(schema, claims, page()) : (claims as User)
      known = said
    }
    return user
  }
}

async function check<User>(
  schema: StandardSchema<User>,
  claims: UserClaims,
  page: PageEnvironment,
): Promise<User> {
  try {
    const result = await within(
      page,
      DEADLINE,
      (async () => schema['~standard'].validate(claims))(),
    )
    if (!result.issues) return result.value
    throw new Error(result.issues.map(({ message }) => message).join('; '))
  } catch (error) {
    throw new AuthError('user_invalid', { message: `userSchema: ${(error as Error).message}` })
  }
}
