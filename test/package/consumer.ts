import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, inject } from 'vitest'
import { serveProvider } from '../../bench/provider.mjs'
import { writeApp, type AppOptions } from './app.ts'
import { launch } from '../browser/harness/browser.ts'
import { journey, type Expected } from './journey.ts'
import { install, run, scratch } from './pack.ts'
import type { Served } from './serve.ts'

export interface Consumer {
  folder: string
  /** Of the provider that is there for this file. */
  issuer(): string
  /** Installs the tarball and what the bundler takes, nothing of this repository. */
  install(dependencies: Record<string, string>): Promise<void>
  write(app: Omit<AppOptions, 'issuer'>): void
  /** A command of what is installed. @throws what it says when it fails */
  command(name: string, ...args: string[]): Promise<void>
  /** Opens what is served, and signs in. */
  visit(served: Promise<Served>, expected: Expected): Promise<void>
}

/** Somebody else's application: a folder, a provider and a browser for the tests of one file. */
export function consumer(name: string): Consumer {
  const { folder, remove } = scratch(name)
  let provider: Awaited<ReturnType<typeof serveProvider>>
  let browser: Browser
  beforeAll(async () => {
    provider = await serveProvider()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    provider?.close()
    remove()
  })
  return {
    folder,
    issuer: () => provider.metadata.issuer,
    async install(dependencies) {
      await install(folder, { evertoken: `file:${inject('packed').tarball}`, ...dependencies })
    },
    write: (app) => writeApp(folder, { issuer: provider.metadata.issuer, ...app }),
    async command(command, ...args) {
      const path = join(folder, 'node_modules/.bin', command)
      // Not the test runner's own.
      const env = { NODE_ENV: 'production' }
      const { ok, output } = await run(path, args, { cwd: folder, env })
      if (!ok) throw new Error(output)
    },
    async visit(served, expected) {
      const { url, stop } = await served
      try {
        await journey(browser, provider, url, expected)
      } finally {
        stop()
      }
    },
  }
}
