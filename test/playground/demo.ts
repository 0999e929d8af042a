import { createServer } from 'vite'

export interface Demo {
  url: string
  close(): Promise<void>
}

/** What `npm run demo` does once the package is built: the same configuration, on a port of its own. */
export async function startDemo(env: { ISSUER?: string; CLIENT_ID?: string } = {}): Promise<Demo> {
  const before = { ...process.env }
  delete process.env['ISSUER']
  delete process.env['CLIENT_ID']
  // Vitest says "test", and React would be neither of its builds.
  Object.assign(process.env, env, { NODE_ENV: 'development' })
  try {
    const server = await createServer({
      configFile: 'demo/vite.config.ts',
      logLevel: 'error',
      // Whoever builds meanwhile does not reload the page under test.
      server: { port: 0, hmr: false, watch: null },
    })
    await server.listen()
    return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
  } finally {
    for (const name of ['ISSUER', 'CLIENT_ID', 'NODE_ENV']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}
