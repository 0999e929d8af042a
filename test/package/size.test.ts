import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { scratch, unpackInto } from './pack.ts'

// Bytes, brotli. The design's aims are 6,500 and 16,000. What a live session needs to survive a missing chunk, a dead
// worker and odd providers costs more in plain code, and jose costs 3,000: these limits keep both from growing until they
// are brought down. CONTRIBUTING says what the worker's bytes are.
const PAGE = 9_980
const WORKER = 21_750
// In BFF mode: what every page loads, and the vault behind a backend. The aim is 3,500; most of it is the client's core.
const BFF_PAGE = 14_840
// `evertoken/query` on top of the client.
const QUERY = 1_500

const appWith = (options: string): string => `
import { createRoot } from 'react-dom/client'
import { AuthProvider, createAuthClient, useAccessToken, useAuth } from 'evertoken'
const client = createAuthClient(${options})
function App() {
  const { signIn } = useAuth()
  const token = useAccessToken()
  return token.status === 'ready' ? token.accessToken : <button onClick={() => signIn()} />
}
createRoot(document.body).render(<AuthProvider client={client}><App /></AuthProvider>)
`

const APP = appWith("{ issuer: 'https://id.example.com', clientId: 'spa' }")
const BFF_APP = appWith("{ bff: '/bff' }")

const { folder, remove } = scratch('size')
let output: Rolldown.RolldownOutput['output']
let initial: Rolldown.OutputChunk[]

beforeAll(async () => {
  await unpackInto(folder, inject('packed').tarball, ['oauth4webapi', 'jose'])
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="/main.tsx"></script>')
  // Else Vite takes the test runner's, and keeps what is for development only.
  vi.stubEnv('NODE_ENV', 'production')
  output = await bundle([])
  initial = startOf(output)
})
afterAll(remove)

async function bundle(external: string[], app = APP): Promise<Rolldown.RolldownOutput['output']> {
  writeFileSync(join(folder, 'main.tsx'), app)
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    mode: 'production',
    build: {
      modulePreload: false,
      rolldownOptions: {
        external: [/^react(-dom)?($|\/)/, ...external],
        // What Vite adds to every app that loads a chunk later, in a file of its own: it is no part of evertoken.
        output: { codeSplitting: { groups: [{ name: 'vite', test: /vite\/preload-helper/ }] } },
      },
    },
  })
  if (!('output' in result)) throw new Error('Expected one bundle')
  return result.output
}

function startOf(files: Rolldown.RolldownOutput['output']): Rolldown.OutputChunk[] {
  const chunks = files.filter((file) => file.type === 'chunk')
  return reachable(
    chunks,
    chunks.filter((chunk) => chunk.isEntry),
  ).filter((chunk) => chunk.name !== 'vite')
}

/** Chunks and what they import statically: what the browser fetches before anything runs. */
function reachable(
  all: Rolldown.OutputChunk[],
  chunks: Rolldown.OutputChunk[],
): Rolldown.OutputChunk[] {
  const found = new Set(chunks)
  for (const chunk of found) {
    for (const other of all) if (chunk.imports.includes(other.fileName)) found.add(other)
  }
  return [...found]
}

const brotli = (code: string): number =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length

test(`a page's initial JavaScript costs at most ${PAGE} bytes`, async () => {
  const cost = (chunks: Rolldown.OutputChunk[]) =>
    brotli(chunks.map((chunk) => chunk.code).join('\n'))
  // The app's own lines are not evertoken's.
  const bytes = cost(initial) - cost(startOf(await bundle(['evertoken'])))
  console.log(`figure: page, initial JavaScript: ${bytes} of ${PAGE} bytes (brotli)`)
  expect(bytes).toBeLessThanOrEqual(PAGE)
})

// Rolldown gives what the start shares with later parts a file of its own, where something that both use stands between:
// one more request before anything runs. CONTRIBUTING says how to keep them apart.
test('a page’s initial JavaScript is one file', () => {
  expect(initial.map(({ moduleIds }) => moduleIds.map((id) => id.split('/dist/').at(-1)))).toEqual([
    expect.arrayContaining(['client/create-auth-client.js', 'errors.js']),
  ])
})

// Each module that two lazy parts share would be one more request before the code is sent: `bundle-sign-in.mjs`.
test('the way back is one file beside the start', () => {
  const chunks = output.filter((file) => file.type === 'chunk')
  const signIn = chunks.filter(({ moduleIds }) =>
    moduleIds.some((id) => id.endsWith('modes/browser-sign-in.js')),
  )
  const further = reachable(chunks, signIn).filter((chunk) => !initial.includes(chunk))
  expect(further.map(({ name }) => name).filter((name) => name !== 'vite')).toEqual([
    'browser-sign-in',
  ])
})

test(`a page in BFF mode loads at most ${BFF_PAGE} bytes, and no protocol code`, async () => {
  const chunks = (await bundle([], BFF_APP)).filter((file) => file.type === 'chunk')
  const vault = chunks.filter(({ moduleIds }) =>
    moduleIds.some((id) => id.endsWith('open-bff-vault.js')),
  )
  const loaded = new Set([...startOf(chunks as never), ...reachable(chunks, vault)])
  expect(vault).toHaveLength(1)
  const modules = [...loaded].flatMap(({ moduleIds }) => moduleIds)
  expect(modules.filter((id) => /oauth4webapi|node_modules.jose|dist.oauth./.test(id))).toEqual([])
  const app = startOf(await bundle(['evertoken'], BFF_APP))
  const cost = (all: Iterable<Rolldown.OutputChunk>) =>
    brotli([...all].map(({ code }) => code).join('\n'))
  const bytes = cost(loaded) - cost(app)
  console.log(`figure: page in BFF mode: ${bytes} of ${BFF_PAGE} bytes (brotli)`)
  expect(bytes).toBeLessThanOrEqual(BFF_PAGE)
})

test(`evertoken/query costs at most ${QUERY} bytes`, async () => {
  const everything = `
    import * as query from 'evertoken/query'
    console.log(query)
  `
  const client = startOf(
    await bundle(
      ['@tanstack/react-query'],
      "import * as client from 'evertoken'\nconsole.log(client)",
    ),
  )
  const both = startOf(
    await bundle(
      ['@tanstack/react-query'],
      `${everything}\nimport * as client from 'evertoken'\nconsole.log(client)`,
    ),
  )
  const cost = (some: Rolldown.OutputChunk[]) => brotli(some.map(({ code }) => code).join('\n'))
  const bytes = cost(both) - cost(client)
  console.log(`figure: evertoken/query: ${bytes} of ${QUERY} bytes (brotli)`)
  expect(bytes).toBeLessThanOrEqual(QUERY)
})

test(`the worker costs at most ${WORKER} bytes`, () => {
  const bytes = brotli(readFileSync(join(folder, 'node_modules/evertoken/dist/worker.js'), 'utf8'))
  console.log(`figure: worker: ${bytes} of ${WORKER} bytes (brotli)`)
  expect(bytes).toBeLessThanOrEqual(WORKER)
})

test('the protocol and the page vault are in chunks of their own, loaded only in fallback', () => {
  const holds = (chunk: Rolldown.OutputChunk, part: string): boolean =>
    chunk.moduleIds.some((id) => id.includes(part))
  const later = output.filter((file) => file.type === 'chunk').filter((c) => !initial.includes(c))
  const lazy = later.filter(
    (chunk) => holds(chunk, 'oauth4webapi') || holds(chunk, 'token-keeper.js'),
  )
  expect(initial.filter((chunk) => holds(chunk, 'oauth4webapi'))).toEqual([])
  expect(initial.filter((chunk) => holds(chunk, 'token-keeper.js'))).toEqual([])
  expect(lazy.length).toBeGreaterThan(0)
  const bytes = lazy.reduce((sum, chunk) => sum + brotli(chunk.code), 0)
  console.log(`figure: page vault, lazy: ${bytes} bytes (brotli)`)
})

test('the worker is emitted beside the page, as its own file', () => {
  const worker = output.find((file) => /worker.*\.js$/.test(file.fileName))
  expect(worker).toBeDefined()
  expect(initial).not.toContain(worker)
})
