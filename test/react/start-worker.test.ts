import { afterEach, expect, test, vi } from 'vitest'

const PATH = '../../src/client/page/start-worker.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
})

/** A page under `require-trusted-types-for 'script'; trusted-types evertoken`: one policy of that name. */
function strictPage() {
  // What a page knows of its worker is the page's, which all tests share.
  Reflect.deleteProperty(window, Symbol.for('evertoken.worker-url'))
  const started: unknown[] = []
  const policies = new Set<string>()
  vi.stubGlobal('trustedTypes', {
    createPolicy(name: string, { createScriptURL }: { createScriptURL(url: string): string }) {
      if (policies.has(name)) throw new TypeError(`Policy with name "${name}" already exists.`)
      policies.add(name)
      return { createScriptURL: (url: string) => `trusted ${createScriptURL(url)}` }
    },
  })
  vi.stubGlobal(
    'SharedWorker',
    class {
      port = {}
      constructor(url: unknown) {
        started.push(url)
      }
    },
  )
  return started
}

async function copyOfThePackage() {
  vi.resetModules()
  return (await import(PATH)) as { startWorker(name: string, url: string, fail: () => void): void }
}

test('F19 starts one worker for two copies of the package in a page under Trusted Types', async () => {
  const started = strictPage()
  const one = await copyOfThePackage()
  const other = await copyOfThePackage()
  one.startWorker('name', 'https://app.example/one.js', () => {})
  other.startWorker('name', 'https://app.example/other.js', () => {})
  expect(started).toEqual([
    'trusted https://app.example/one.js',
    'trusted https://app.example/one.js',
  ])
})

test('F19 starts the worker of each client of one copy', async () => {
  const started = strictPage()
  const { startWorker } = await copyOfThePackage()
  startWorker('name', 'https://app.example/one.js', () => {})
  startWorker('name', 'https://app.example/two.js', () => {})
  expect(started).toEqual([
    'trusted https://app.example/one.js',
    'trusted https://app.example/two.js',
  ])
})
