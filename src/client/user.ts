import type { UserClaims } from '../vault/types.ts'
import type { StandardSchema } from './options.ts'

/** Claims → the application's user: checked by `userSchema`, and the same object as long as the claims say the same. */
export function createUserReader<User>(
  schema: StandardSchema<User> | undefined,
  check: (schema: StandardSchema<User>, claims: UserClaims) => Promise<User>,
) {
  let known: string | undefined
  let user: User
  return async (claims: UserClaims): Promise<User> => {
    const said = JSON.stringify(claims)
    if (said !== known) {
      user = schema ? await check(schema, claims) : (claims as User)
      known = said
    }
    return user
  }
}
