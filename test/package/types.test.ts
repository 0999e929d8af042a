// The declarations of the tarball under the compilers and module resolutions that people have. One install holds all
// compilers, and the types of both Reacts, each under a name of its own.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { install, run, scratch, unpackInto } from './pack.ts'

const { folder, remove } = scratch('types')
const installed = join(folder, 'installed')

const source = `
import {
  AuthError,
  AuthProvider,
  createAuthClient,
  RequireSession,
  SignedIn,
  useAccessToken,
  useAuth,
  useUser,
  type Session,
  type StandardSchema,
} from 'evertoken'
import { createAuthClient as createCore, type AuthErrorCode } from 'evertoken/core'
import 'evertoken/worker'

interface User {
  sub: string
  email: string
}
declare const userSchema: StandardSchema<User>
const issuer = 'https://id.example.com'

export const auth = createAuthClient({ issuer, clientId: 'spa', userSchema })
declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

export const session: Session<User> = auth.getSession()
export const core = createCore({ issuer, clientId: 'spa' })
export const codeOf = (error: unknown): AuthErrorCode | undefined =>
  error instanceof AuthError ? error.code : undefined

function Account() {
  const session = useAuth()
  const token = useAccessToken()
  // The registered user's own type.
  const email: string | undefined = useUser()?.email
  if (session.status !== 'signed-in') return null
  return <p>{token.status === 'ready' ? email : session.user.sub}</p>
}

export const app = (
  <AuthProvider client={auth}>
    <SignedIn><Account /></SignedIn>
    <RequireSession fallback={<p>One moment</p>}><Account /></RequireSession>
  </AuthProvider>
)

// @ts-expect-error What is misspelt is refused: nothing has become any.
createAuthClient({ issuer, client_id: 'spa' })
// @ts-expect-error
auth.getSession().nothing
`

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  jsx: 'react-jsx',
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  // The package's declarations are what is tested, the compiler's own are not.
  skipDefaultLibCheck: true,
}

beforeAll(async () => {
  await install(installed, {
    'ts-5.4': 'npm:typescript@5.4.5',
    'ts-5.9': 'npm:typescript@5.9.3',
    'ts-6.0': 'npm:typescript@6.0.3',
    'ts-7.0': 'npm:typescript@7.0.2',
    'react-18': 'npm:@types/react@18.3.31',
    'react-19': 'npm:@types/react@19.3.0',
    csstype: '3.2.3',
    'prop-types': 'npm:@types/prop-types@15.7.15',
  })
  for (const react of ['react-18', 'react-19']) {
    const home = join(folder, react)
    const packages = await unpackInto(home, inject('packed').tarball, ['oauth4webapi', 'jose'])
    const modules = dirname(packages)
    mkdirSync(join(modules, '@types'))
    symlinkSync(join(installed, 'node_modules', react), join(modules, '@types/react'))
    writeFileSync(join(home, 'app.tsx'), source)
    // NodeNext asks the nearest manifest what a file is.
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
    for (const [resolution, module] of [
      ['NodeNext', 'NodeNext'],
      ['Bundler', 'ESNext'],
    ]) {
      const options = { ...compilerOptions, module, moduleResolution: resolution }
      const config = { compilerOptions: options, files: ['app.tsx'] }
      writeFileSync(join(home, `${resolution}.json`), JSON.stringify(config))
    }
  }
})
afterAll(remove)

// Every compiler meets both Reacts and both resolutions; not every pair of those.
const cases = ['5.4', '5.9', '6.0', '7.0'].flatMap((typescript) => [
  [typescript, 'react-19', 'NodeNext'],
  [typescript, 'react-18', 'Bundler'],
])

test.each(cases)(
  'the types hold under TypeScript %s, %s, %s',
  async (typescript, react, config) => {
    const tsc = join(installed, `node_modules/ts-${typescript}/bin/tsc`)
    const args = [tsc, '-p', join(folder, `${react}/${config}.json`)]
    const { ok, output } = await run('node', args, { cwd: folder })
    expect(ok, output).toBe(true)
  },
)
