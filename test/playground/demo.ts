import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

/** What `npm run demo` takes from the environment. */
const SETTINGS = ['ISSUER', 'CLIENT_ID', 'STORE'] as const

/** Vite writes the dependencies there that it has bundled: two processes at once would take them from each other. */
const CACHE = fileURLToPath(
  new URL(`../../test-results/demo-${process.env['VITEST_POOL_ID'] ?? ''}`, import.meta.url),
)

export interface Demo {
  url: string
  close(): Promise<void>
}

/** Serves what `npm run demo` serves once the package is built, on a port of its own. */
export async function startDemo(
  env: Partial<Record<(typeof SETTINGS)[number], string>> = {},
): Promise<Demo> {
  const before = { ...process.env }
  for (const name of SETTINGS) delete process.env[name]
  // Vitest sets NODE_ENV to "test", for which React has no build.
  Object.assign(process.env, env, { NODE_ENV: 'development' })
  try {
    const server = await createServer({
      configFile: 'demo/vite.config.ts',
      logLevel: 'error',
      cacheDir: CACHE,
      // A build that runs meanwhile must not reload the page under test.
      server: { port: 0, hmr: false, watch: null },
    })
    await server.listen()
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
  } finally {
    for (const name of [...SETTINGS, 'NODE_ENV']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}
