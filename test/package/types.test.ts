// The declarations of the tarball under the compilers and module resolutions that people have. One install holds all
// compilers, and the types of both Reacts, each under a name of its own.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { install, root, run, scratch, unpackInto } from './pack.ts'
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

// Every compiler meets both Reacts and all resolutions that it has; not every pair of those.
const compilers = ['5.4', '5.9', '6.0', '7.0']
const cases = compilers.flatMap((typescript) => [
  [typescript, 'react-19', 'NodeNext'],
  [typescript, 'react-18', 'Bundler'],
])
// TypeScript 7 has no node10.
const olderSettings = compilers.slice(0, -1).map((typescript) => [typescript, 'react-19', 'node10'])
const commonJsSettings = compilers.flatMap((typescript) => [
  [typescript, 'react-19', 'node16-commonjs'],
  [typescript, 'react-18', 'nodenext-commonjs'],
])
const all = [...cases, ...olderSettings, ...commonJsSettings]

const projectOf = (react = '', name = ''): string => join(folder, `${react}/${name}.json`)
const compilerOf = (typescript: string): string => join(installed, `node_modules/ts-${typescript}`)

/** What a compiler says of each of its projects; asked once. */
const said: Record<string, Promise<Record<string, string>>> = {}

async function compileAll(typescript: string): Promise<Record<string, string>> {
  const projects = all.filter(([of]) => of === typescript).map(([, ...of]) => projectOf(...of))
  const args = [join(root, 'test/package/compile.mjs'), compilerOf(typescript), ...projects]
  const { ok, output } = await run('node', args, { cwd: folder })
  if (!ok) throw new Error(output)
  return JSON.parse(output) as Record<string, string>
}

/** TypeScript 7 has no interface for it, and takes a second for a project. */
async function compileAlone(project: string): Promise<string> {
  const args = [join(compilerOf('7.0'), 'bin/tsc'), '-p', project]
  const { ok, output } = await run('node', args, { cwd: folder })
  return ok ? '' : output || 'It says nothing, and fails.'
}

async function expectToCompile(typescript: string, react: string, name: string): Promise<void> {
  const project = projectOf(react, name)
  if (typescript === '7.0') expect(await compileAlone(project)).toBe('')
  else expect((await (said[typescript] ??= compileAll(typescript)))[project]).toBe('')
  const [version = ''] = versionsIn(installed, `ts-${typescript}`)
  tried(version.replace(/^ts-\S+/, 'typescript'), `types of ${react.replace('-', ' ')}`)
}

test.each(cases)('TypeScript %s, %s, %s: the types hold', expectToCompile)

test.each([...olderSettings, ...commonJsSettings])(
  'T3 TypeScript %s, %s, %s: the types hold',
  expectToCompile,
)
