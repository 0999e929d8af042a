import { AuthError } from '../oauth/errors.ts'
import type { UserClaims } from '../vault/types.ts'
import type { StandardSchema } from './options.ts'

/**
 * Claims → the application's user: checked by `userSchema`, and the same object as long as the claims say
 * the same. Synchronous unless the schema is not.
 */
export function createUserReader<User>(schema: StandardSchema<User> | undefined) {
  let known: string | undefined
  let user: User
  const keep = (claims: string, value: User): User => {
    known = claims
    return (user = value)
  }
  return (claims: UserClaims): User | Promise<User> => {
    const said = JSON.stringify(claims)
    if (said === known) return user
    if (!schema) return keep(said, claims as User)
    const read = (result: Awaited<ReturnType<typeof schema['~standard']['validate']>>): User => {
      if (!result.issues) return keep(said, result.value)
      throw new AuthError('user_invalid', {
        message: `userSchema refused the claims: ${result.issues.map(({ message }) => message).join('; ')}`,
      })
    }
    const result = schema['~standard'].validate(claims)
    return result instanceof Promise ? result.then(read) : read(result)
  }
}
