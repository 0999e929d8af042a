import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { build, transformWithOxc } from 'vite'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { signIn, token, until, waitForStatus } from './harness/tab.ts'
import { worlds } from './harness/world.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const createWorld = worlds()

/** An API of another origin. It refuses one token, once that is known. */
async function serveApi() {
  const puts: { token: string | undefined; bytes: number }[] = []
  const refused = new Set<string>()
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization')
    response.setHeader('access-control-allow-methods', 'PUT')
    if (request.method === 'OPTIONS') return void response.end()
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => {
      const sent = request.headers.authorization?.slice('Bearer '.length)
      puts.push({ token: sent, bytes })
      response.writeHead(refused.has(sent ?? '') ? 401 : 200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, puts, refused }
}

test('U16 T-30 the upload of docs/http-libraries.md tells its progress, and is sent once more with a newer token', async () => {
  const { origin, puts, refused } = await serveApi()
  const { tab } = await createWorld({ client: { protectedResources: [origin] } })
  const page = await tab()
  await signIn(page)
  const docs = readFileSync(join(root, 'docs/http-libraries.md'), 'utf8')
  const [, block = ''] = /```ts upload\.ts\n([\s\S]*?)\n```/.exec(docs)!
  const own = block.replace("import { auth } from './auth'", 'const { auth } = window')
  const { code } = await transformWithOxc(own.replace('export ', ''), 'upload.ts')
  const upload = () =>
    page.evaluate(
      `(async () => {
        ${code}
        const shares = []
        const file = new Blob(['x'.repeat(3_000_000)])
        const url = ${JSON.stringify(origin)} + '/file'
        const { status } = await upload({ url, file, onProgress: (share) => shares.push(share) })
        return { status, shares }
      })()`,
    ) as Promise<{ status: number; shares: number[] }>
  const { status, shares } = await upload()
  expect(status).toBe(200)
  expect(shares.at(-1)).toBe(1)

  refused.add(await token(page))
  expect((await upload()).status).toBe(200)
  const fresh = await token(page)
  expect(puts.map(({ bytes }) => bytes)).toEqual([3_000_000, 3_000_000, 3_000_000])
  expect(puts.map((put) => put.token === fresh)).toEqual([false, false, true])
})

describe('U15 a copy of the cache in a real IndexedDB', () => {
  let script: string
  beforeAll(async () => {
    script = await bundle()
  })

  async function opened(page: Page): Promise<void> {
    await page.addScriptTag({ content: script })
    await page.evaluate('window.restored = window.openCache()')
    await page.evaluate('window.restored')
  }
  const data = (page: Page) => page.evaluate('window.queryClient.getQueryData(["orders"])')
  const stored = (page: Page) => page.evaluate('window.stored()') as Promise<string>

  test('is there after a reload, and not for another user or after a sign-out', async () => {
    const { tab } = await createWorld()
    const page = await tab()
    await signIn(page, 'alice')
    await opened(page)
    await page.evaluate('void window.queryClient.setQueryData(["orders"], { of: "data-of-alice" })')
    const holds = (text: string) => () => stored(page).then((now) => now.includes(text))
    await until(holds('data-of-alice'), Boolean, 'the copy')

    await page.reload()
    await waitForStatus(page, 'signed-in')
    await opened(page)
    expect(await data(page)).toEqual({ of: 'data-of-alice' })

    await page.evaluate(() => window.auth.signOut({ provider: false }))
    await waitForStatus(page, 'signed-out')
    expect(await data(page)).toBeUndefined()
    await until(holds('data-of-alice'), (now) => !now, 'the end of the copy')

    await signIn(page, 'alice')
    await opened(page)
    await page.evaluate('void window.queryClient.setQueryData(["orders"], { of: "data-of-alice" })')
    await until(holds('data-of-alice'), Boolean, 'the copy again')
    // Another page signs another user in: this one never hears of it.
    await page.goto('about:blank')
    const other = await tab()
    const bob = { loginHint: 'bob', prompt: 'login', automatic: false }
    await other.evaluate((how) => void window.auth.signIn(how).catch(() => {}), bob).catch(() => {})
    const subject = () =>
      other.evaluate(() => (window.auth.getSession() as { subject?: string }).subject)
    await until(
      () => subject().catch(() => undefined),
      (now) => now === 'bob',
      'the other user',
    )
    await opened(other)
    expect(await data(other)).toBeUndefined()
    await expect.poll(() => stored(other)).not.toContain('data-of-alice')
  })
})

/** What an application has of TanStack's persisters, in one script for a page that has a client. */
async function bundle(): Promise<string> {
  const entry = join(root, 'cache-of-test.js')
  const source = `
    import { QueryClient } from '@tanstack/react-query'
    import { createAsyncStoragePersister } from '@tanstack/query-async-storage-persister'
    import { persistQueryClient } from '@tanstack/react-query-persist-client'
    import { bindQueryClient, sessionPersister } from 'evertoken/query'
    import { del, entries, get, set } from 'idb-keyval'
    window.openCache = () => {
      const queryClient = (window.queryClient = new QueryClient())
      const storage = { getItem: get, setItem: set, removeItem: del }
      const kept = createAsyncStoragePersister({ storage, throttleTime: 10 })
      const persister = sessionPersister(window.auth, kept)
      bindQueryClient(window.auth, queryClient, { persisters: [persister] })
      return persistQueryClient({ queryClient, persister })[1]
    }
    window.stored = async () => JSON.stringify(await entries())`
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: [{ find: /^evertoken\/query$/, replacement: join(root, 'dist/query.js') }] },
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'cache',
        enforce: 'pre',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
    build: { write: false, lib: { entry, formats: ['iife'], name: 'cache' } },
  })
  const [{ output }] = (Array.isArray(built) ? built : [built]) as [{ output: { code: string }[] }]
  return output[0]!.code
}
