import {
  createAuthClient,
  type AccessToken,
  type AuthClient,
  type AuthClientOptions,
  type AuthErrorCode,
  type ResourceIndicator,
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

test('names, in the type of the client, the resources of its protectedResources and of its sign-in', () => {
  const orders = 'https://orders.example'
  const listed = [
    '/api/',
    { url: '/orders/', resource: orders },
    { url: '/mail/', resource: ['https://mail.example', 'https://people.example'] },
  ] as const
  type Listed = typeof orders | 'https://mail.example' | 'https://people.example'

  const own = 'https://own.example'
  const client = createAuthClient({ ...options, resource: own, protectedResources: [...listed] })
  expectTypeOf(client).toEqualTypeOf<AuthClient<UserClaims, typeof own | Listed>>()
  const constant = createAuthClient({ ...options, userSchema, protectedResources: listed } as const)
  expectTypeOf(constant).toEqualTypeOf<AuthClient<Person, Listed>>()
  const inline = createAuthClient({
    ...options,
    protectedResources: [{ url: '/', resource: 'a:b' }],
  })
  expectTypeOf(inline).toEqualTypeOf<AuthClient<UserClaims, 'a:b'>>()
  const backend = createAuthClient({ bff: '/bff', protectedResources: [...listed] })
  expectTypeOf(backend).toEqualTypeOf<AuthClient<UserClaims, Listed>>()

  type Asked = NonNullable<Parameters<typeof client.getAccessToken>[0]>['resource']
  type Known = typeof own | Listed
  expectTypeOf<Asked>().toEqualTypeOf<Known | readonly Known[] | undefined>()
  // A client is one as any other, whatever it names.
  expectTypeOf(client).toExtend<AuthClient<UserClaims>>()
  expectTypeOf(constant).toExtend<AuthClient<unknown>>()
  // @ts-expect-error a backend is not told the resources of the sign-in
  expect(() => createAuthClient({ bff: '/bff', resource: own })).toThrow('`resource`')
})

test('takes any resource, in its types, where no entry of protectedResources names one for certain', () => {
  const unknown: string = 'https://orders.example'
  const entry = { url: '/', resource: 'https://orders.example' }
  const written: AuthClientOptions = { ...options, protectedResources: [entry] }
  const clients = [
    createAuthClient(written),
    createAuthClient({ ...options, protectedResources: [entry] }),
    createAuthClient({ ...options, protectedResources: [{ url: '/', resource: unknown }] }),
    createAuthClient({ ...options, protectedResources: ['/', { url: '/a', resource: undefined }] }),
    createAuthClient({ ...options, resource: 'https://own.example' }),
  ]
  expectTypeOf(clients).toEqualTypeOf<AuthClient<UserClaims>[]>()
  const mixed = createAuthClient({
    ...options,
    resource: unknown,
    protectedResources: [{ url: '/', resource: 'https://orders.example' }],
  })
  expectTypeOf(mixed).toEqualTypeOf<AuthClient<UserClaims>>()
  const explicit = createAuthClient<Person>({
    ...options,
    userSchema,
    resource: 'https://own.example',
    protectedResources: [{ url: '/', resource: 'https://orders.example' }],
  })
  expectTypeOf(explicit).toEqualTypeOf<AuthClient<Person>>()
  expectTypeOf<ResourceIndicator>().toEqualTypeOf<string>()
})

test('refuses, in its types, a resource that the registered client does not name, in every hook', () => {
  expectToCompile(`
    import * as evertoken from 'evertoken'
    const { createAuthClient, useAccessToken, useAuth, useAuthClient, useSuspenseAccessToken, useTokenResponse } = evertoken
    const options = { issuer: '', clientId: '' }
    const auth = createAuthClient({
      ...options,
      resource: 'https://own.example',
      protectedResources: ['/api/', { url: '/orders/', resource: 'https://orders.example' }],
    })
    declare module 'evertoken' { interface Register { client: typeof auth } }
    const right = { resource: 'https://orders.example' } as const
    const own = { resource: ['https://own.example'], scope: 'read' } as const
    const wrong = { resource: 'https://order.example' } as const
    const open = async () => {}

    export const tokens = [useAccessToken(), useAccessToken(right), useAccessToken(own)]
    useAccessToken({ resource: ['https://own.example', 'https://orders.example'] })
    useSuspenseAccessToken(right)
    useTokenResponse(right)
    // @ts-expect-error
    useAccessToken({ resource: 'https://order.example' })
    // @ts-expect-error
    useAccessToken({ resource: ['https://own.example', 'https://order.example'] })
    // @ts-expect-error
    useSuspenseAccessToken(wrong)
    // @ts-expect-error
    useTokenResponse(wrong)

    const client = useAuthClient()
    const { getAccessToken } = useAuth()
    void auth.getAccessToken({ ...right, forceRefresh: true })
    void client.getAccessToken({ ...right, forceRefresh: true })
    void getAccessToken({ ...right, forceRefresh: true })
    // @ts-expect-error
    void auth.getAccessToken(wrong)
    // @ts-expect-error
    void client.getAccessToken(wrong)
    // @ts-expect-error
    void getAccessToken(wrong)
    client.connect({ ...right, open })
    // @ts-expect-error
    client.connect({ ...wrong, open })
    // @ts-expect-error
    client.observeAccessToken(wrong)
    // @ts-expect-error
    client.subscribeAccessToken(() => {}, wrong)
    // @ts-expect-error
    client.getAccessTokenState(wrong)
    // @ts-expect-error
    client.getRenewal(wrong)
    // @ts-expect-error
    client.getTokenResponse(wrong)

    // Another client knows its own, and one that names none takes any.
    const other = createAuthClient({ ...options, protectedResources: [{ url: '/', ...wrong }] })
    useAccessToken({ client: other, ...wrong })
    void useAuth({ client: other }).getAccessToken(wrong)
    // @ts-expect-error
    useAccessToken({ client: other, ...right })
    // @ts-expect-error
    void useAuth({ client: other }).getAccessToken(right)
    const any = createAuthClient(options)
    useAccessToken({ client: any, ...wrong })
    export const providers = [auth, other, any].map((client) => evertoken.AuthProvider({ client }))

    // What wraps hooks and clients.
    type Need = evertoken.AccessTokenNeed<evertoken.ResourceIndicator>
    export const useToken = (need: Need & evertoken.ClientOption) => useAccessToken(need)
    export const useTokenFor = <R extends evertoken.ResourceIndicator>(resource: R) => useAccessToken({ resource })
    export const plain: evertoken.AuthClient<evertoken.UserClaims> = auth
    export const clientOf = <R extends string>(resource: R): evertoken.AuthClient<evertoken.UserClaims, R> =>
      createAuthClient({ ...options, protectedResources: [{ url: '/', resource }] })
    export function same<User>(client: evertoken.AuthClient<User>): evertoken.AuthClient<User> { return client }
    same(auth)
  `)
})

test('U14 types every hook by Register, once', () => {
  expectToCompile(`
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
  `)
})

/** A program of its own: `Register` is filled in once in each. */
function expectToCompile(code: string): void {
  const root = join(import.meta.dirname, '../..')
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-types-'))
  try {
    writeFileSync(join(folder, 'app.ts'), code)
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
}
