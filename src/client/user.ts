import { AuthError } from '../oauth/errors.ts'
import type { UserClaims } from '../vault/types.ts'
import type { StandardSchema } from './options.ts'

/** Claims → the application's user: checked by `userSchema`, and the same object as long as the claims say the same. */
export function createUserReader<User>(schema: StandardSchema<User> | undefined) {
  let known: string | undefined
  let user: User
  return async (claims: UserClaims): Promise<User> => {
    const said = JSON.stringify(claims)
    if (said !== known) {
      const result = schema ? await schema['~standard'].validate(claims) : { value: claims as User }
      if (result.issues) {
        throw new AuthError('user_invalid', {
          message: `userSchema: ${result.issues.map(({ message }) => message).join('; ')}`,
        })
      }
      user = result.value
      known = said
    }
    return user
  }
}
