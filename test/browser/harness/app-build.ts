import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'vite'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const app = join(root, 'test/app')
const dist = join(root, 'dist')

let built: Promise<string> | undefined

/** Builds the test app with the built package in it, as an application would for production; once per state of both. */
export function buildApp(): Promise<string> {
  return (built ??= build())
}

async function build(): Promise<string> {
  if (!existsSync(join(dist, 'worker.js'))) throw new Error('No dist: npm run build')
  const hash = createHash('sha256')
  for (const folder of [app, dist]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (/\.(js|tsx?|html)$/.test(name)) hash.update(name).update(readFileSync(join(folder, name)))
    }
  }
  const outDir = join(tmpdir(), `evertoken-app-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(outDir)) return outDir

  const next = `${outDir}.${process.pid}`
  // Vitest sets NODE_ENV to "test", and React would be its development build.
  const environment = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  await bundle({
    configFile: false,
    root: app,
    logLevel: 'error',
    mode: 'production',
    // An application would resolve the name to what package.json exports.
    resolve: { alias: [{ find: /^evertoken$/, replacement: join(dist, 'index.js') }] },
    build: { outDir: next, emptyOutDir: true, target: 'es2022', modulePreload: false },
  }).finally(() => {
    process.env['NODE_ENV'] = environment
  })
  try {
    renameSync(next, outDir)
  } catch (error) {
    // Another process was first with the same: a folder takes no other's place.
    if (!existsSync(outDir)) throw error
    rmSync(next, { recursive: true })
  }
  return outDir
}
