import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'
import { serveProvider } from '../../bench/provider.mjs'
import { launch } from '../browser/harness/browser.ts'
import { copyExample, manifestOf, writeApp, type AppOptions } from './app.ts'
import { journey, type Expected, type Provider } from './journey.ts'
import { install, run, scratch } from './pack.ts'
import type { Served } from './serve.ts'
import { installShared } from './shared-install.ts'
import { tried, versionsIn } from './tried.ts'

export interface Consumer {
  folder: string
  /** Installs the tarball and what the bundler takes, nothing of this repository. */
  install(dependencies: Record<string, string>): Promise<void>
  /** One of examples/, installed as its own package.json says, with the tarball for evertoken. */
  installExample(name: 'vite' | 'next' | 'next-bff'): Promise<void>
  /** The sources of examples/vite, for a bundler that is not Vite. */
  write(app: AppOptions): void
  /** A command of what is installed. @throws what it says when it fails */
  command(name: string, ...args: string[]): Promise<void>
  /** One of the application's own scripts. @throws what it says when it fails */
  script(name: string): Promise<void>
  /** Opens what is served, and signs in. */
  visit(served: Promise<Served>, expected: Expected): Promise<void>
  /** Opens what is served, and does there what is given. */
  use(served: Promise<Served>, visit: Visit): Promise<void>
}

export type Visit = (browser: Browser, provider: Provider, url: string) => Promise<void>

/**
 * An application outside this repository: a folder, a provider and a browser for the tests of one file. `tool`: the
 * package that bundles it, if it is not named like the application.
 */
export function consumer(
  name: string,
  { tool = name, engine = 'chromium' }: { tool?: string; engine?: 'chromium' | 'firefox' } = {},
): Consumer {
  const { folder, remove } = scratch(name)
  let provider: Provider
  let browser: Browser
  beforeAll(async () => {
    provider = await serveProvider()
    browser = await launch({ engine })
    // Bundlers put them into the application. `bench`: the audience of that provider's ID tokens.
    for (const prefix of ['VITE', 'NEXT_PUBLIC']) {
      process.env[`${prefix}_ISSUER`] = provider.metadata.issuer
      process.env[`${prefix}_CLIENT_ID`] = 'bench'
    }
  })
  afterAll(async () => {
    await browser?.close()
    provider?.close()
    remove()
  })

  const evertoken = () => `file:${inject('packed').tarball}`
  const execute = async (command: string, args: string[]): Promise<void> => {
    // Not the test runner's own.
    const env = { NODE_ENV: 'production' }
    const { ok, output } = await run(command, args, { cwd: folder, env })
    if (!ok) throw new Error(output)
  }
  const use = async (served: Promise<Served>, visit: Visit): Promise<void> => {
    const { url, stop } = await served
    try {
      await visit(browser, provider, url)
    } finally {
      stop()
    }
  }
  return {
    folder,
    install: async (dependencies) =>
      await install(folder, { evertoken: evertoken(), ...dependencies }),
    async installExample(example) {
      copyExample(example, folder)
      const { dependencies, ...manifest } = manifestOf(example)
      const needed = { ...dependencies, evertoken: evertoken() }
      await installShared(inject('packed'), folder, needed, manifest)
    },
    write: (app) => writeApp(folder, app),
    command: async (command, ...args) =>
      await execute(join(folder, 'node_modules/.bin', command), args),
    script: async (script) => await execute('npm', ['run', '--silent', script]),
    async visit(served, expected) {
      await use(served, (...there) => journey(...there, expected))
      tried(...versionsIn(folder, tool, 'react'), `${engine} ${browser.version()}`)
    },
    use,
  }
}
