import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The program of `server.ts` as plain JavaScript, which a process of its own can run, and how to be rid of it. */
export async function bundleServer(): Promise<{ file: string; remove: () => void }> {
  // Within the repository, so that it finds the packages that it imports.
  mkdirSync(join(root, 'test-results'), { recursive: true })
  const folder = mkdtempSync(join(root, 'test-results/server-'))
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: {
      ssr: 'test/bff/processes/server.ts',
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'server.mjs' } },
    },
  })
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  return { file: join(folder, 'server.mjs'), remove }
}
