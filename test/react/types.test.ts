import {
  createAuthClient,
  type AccessToken,
  type AuthClient,
  type AuthClientOptions,
  type AuthErrorCode,
  type Session,
  type StandardSchema,
  type User,
  type UserClaims,
} from 'evertoken'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'

interface Person {
  name: string
}
const options = { issuer: 'https://id.example.com', clientId: 'spa' }
const userSchema: StandardSchema<Person> = {
  '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { name: '' } }) },
}

test('U14 types the user by userSchema, or as the claims', () => {
  const typed = createAuthClient({ ...options, userSchema })
  expectTypeOf(typed).toEqualTypeOf<AuthClient<Person>>()
  expectTypeOf(createAuthClient(options)).toEqualTypeOf<AuthClient<UserClaims>>()
  expectTypeOf<User>().toEqualTypeOf<UserClaims>()
  expectTypeOf(typed.whenSettled).returns.resolves.toEqualTypeOf<Session<Person>>()
})

test('U12 narrows a session by its status, and an error by the closed union of its codes', () => {
  const look = (session: Session<Person>) => {
    switch (session.status) {
      case 'signed-in':
        return expectTypeOf(session.user).toEqualTypeOf<Person>()
      case 'expired':
        return expectTypeOf(session.user).toEqualTypeOf<Person>()
      case 'error':
        return expectTypeOf(session.error.code).toEqualTypeOf<AuthErrorCode>()
      case 'signing-in':
        return expectTypeOf(session.user).toEqualTypeOf<Person | undefined>()
      default:
        return expectTypeOf(session.status).toEqualTypeOf<'restoring' | 'signed-out'>()
    }
  }
  expect(look).toBeTypeOf('function')
})

test('refuses, in its types, to read an access token before its status was asked', () => {
  const look = (token: AccessToken) => {
    // @ts-expect-error not before it is ready
    expect(token.accessToken).toBe(undefined)
    if (token.status === 'ready') expectTypeOf(token.accessToken).toBeString()
    if (token.status === 'unavailable') expectTypeOf(token.error.recoverable).toBeBoolean()
    expectTypeOf(token.refresh).returns.resolves.toBeString()
  }
  expect(look).toBeTypeOf('function')
})

test('refuses wrong options in its types', () => {
  // @ts-expect-error a secret in a browser is none
  const secret: AuthClientOptions = { ...options, client_secret: 's' }
  // @ts-expect-error
  const choice: AuthClientOptions = { ...options, offlineAccess: true }
  // @ts-expect-error
  const missing: AuthClientOptions = { issuer: options.issuer }
  // @ts-expect-error
  const type: AuthClientOptions = { ...options, responseType: 'token' }
  expect([secret, choice, missing, type]).toHaveLength(4)
})

test('U14 types every hook by Register, once', () => {
  const root = join(import.meta.dirname, '../..')
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-types-'))
  const file = `
    import { createAuthClient, useAuth, useUser, AuthProvider, type StandardSchema } from 'evertoken'
    declare const userSchema: StandardSchema<{ name: string }>
    const auth = createAuthClient({ issuer: '', clientId: '', userSchema })
    declare module 'evertoken' { interface Register { client: typeof auth } }
    export const name: string | undefined = useUser()?.name
    const session = useAuth()
    export const same: string = session.status === 'signed-in' ? session.user.name : ''
    export const provider = AuthProvider({ client: auth })
    // @ts-expect-error no such claim
    useUser()?.email
  `
  try {
    writeFileSync(join(folder, 'app.ts'), file)
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const paths = { evertoken: [join(root, 'src/index.ts')] }
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { paths, types: [] },
        include: ['app.ts'],
      }),
    )
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' })
  } catch (error) {
    expect.fail((error as { stdout?: string }).stdout ?? String(error))
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)
