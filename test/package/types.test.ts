// The declarations of the tarball under the compilers and module resolutions that people have. One install holds all
// compilers, and the types of both Reacts, each under a name of its own.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { install, run, scratch, unpackInto } from './pack.ts'
import { tried, versionsIn } from './tried.ts'

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
  useSuspenseAccessToken,
  useUser,
  type ResourceIndicator,
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

export const auth = createAuthClient({
  issuer,
  clientId: 'spa',
  userSchema,
  protectedResources: ['/api/', { url: '/orders/', resource: 'https://orders.example' }],
})
declare module 'evertoken' {
  interface Register {
    client: typeof auth
  }
}

export const session: Session<User> = auth.getSession()
export const named: ResourceIndicator = 'https://orders.example'
export const core = createCore({ issuer, clientId: 'spa' })
export const any = createAuthClient({ issuer, clientId: 'spa', userSchema })
export const codeOf = (error: unknown): AuthErrorCode | undefined =>
  error instanceof AuthError ? error.code : undefined

function Account() {
  const session = useAuth()
  const token = useAccessToken({ resource: 'https://orders.example' })
  // @ts-expect-error The registered client names no such resource.
  useSuspenseAccessToken({ resource: 'https://order.example' })
  // Any client may be given.
  useSuspenseAccessToken({ client: any, resource: 'https://order.example' })
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
void auth.getAccessToken({ resource: ['https://orders.example'] })
// @ts-expect-error
void auth.getAccessToken({ resource: 'https://order.example' })
void core.getAccessToken({ resource: 'https://order.example' })
`

/** What CommonJS adds: an import there is a `require` of a module that must be CommonJS, or synchronous. */
const commonJs = `${source.replace("import 'evertoken/worker'", '').replace(/function Account[\s\S]*?<\/AuthProvider>\n\)\n/, '')}
export const provider: typeof AuthProvider = AuthProvider
export const hooks = [
  RequireSession,
  SignedIn,
  useAccessToken,
  useAuth,
  useSuspenseAccessToken,
  useUser,
]
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

/** By the name of the setting; `file`: what is compiled. */
const settings: Record<string, { file?: string } & Record<string, unknown>> = {
  NodeNext: { module: 'NodeNext', moduleResolution: 'NodeNext' },
  Bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
  node10: { module: 'CommonJS', moduleResolution: 'node10' },
  'node16-commonjs': { module: 'Node16', moduleResolution: 'Node16', file: 'app.cts' },
  'nodenext-commonjs': { module: 'NodeNext', moduleResolution: 'NodeNext', file: 'app.cts' },
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
    writeFileSync(join(home, 'app.cts'), commonJs)
    // NodeNext asks the nearest manifest what a file is.
    writeFileSync(join(home, 'package.json'), '{ "type": "module" }')
    for (const [name, { file = 'app.tsx', ...options }] of Object.entries(settings)) {
      const config = { compilerOptions: { ...compilerOptions, ...options }, files: [file] }
      writeFileSync(join(home, `${name}.json`), JSON.stringify(config))
    }
  }
})
afterAll(remove)

async function expectToCompile(typescript: string, react: string, name: string): Promise<void> {
  const compiler = `ts-${typescript}`
  const tsc = join(installed, `node_modules/${compiler}/bin/tsc`)
  const args = [tsc, '-p', join(folder, `${react}/${name}.json`)]
  if (typescript === '6.0') args.push('--ignoreDeprecations', '6.0')
  const { ok, output } = await run('node', args, { cwd: folder })
  expect(ok, output).toBe(true)
  const [version = ''] = versionsIn(installed, compiler)
  tried(version.replace(compiler, 'typescript'), `types of ${react.replace('-', ' ')}`)
}

// Every compiler meets both Reacts and all resolutions that it has; not every pair of those.
const cases = ['5.4', '5.9', '6.0', '7.0'].flatMap((typescript) => [
  [typescript, 'react-19', 'NodeNext'],
  [typescript, 'react-18', 'Bundler'],
])

test.each(cases)('TypeScript %s, %s, %s: the types hold', expectToCompile)

// TypeScript 7 has no node10, and TypeScript 6 wants to be told that one knows.
const olderSettings = ['5.4', '5.9', '6.0'].map((typescript) => [typescript, 'react-19', 'node10'])
const commonJsSettings = ['5.4', '5.9', '6.0', '7.0'].flatMap((typescript) => [
  [typescript, 'react-19', 'node16-commonjs'],
  [typescript, 'react-18', 'nodenext-commonjs'],
])

test.each([...olderSettings, ...commonJsSettings])(
  'T3 TypeScript %s, %s, %s: the types hold',
  expectToCompile,
)
