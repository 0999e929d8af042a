// src → dist: per-file ESM by tsc, then the worker as one self-contained file over tsc's own.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build as viteBuild } from 'vite'
import workerConfig from '../vite.worker.config.js'
import { bin, root, run } from './run.mjs'

const dist = join(root, 'dist')

/** Whether a source is newer than what was built from it. */
export function stale() {
  const built = join(dist, 'index.js')
  if (!existsSync(built)) return true
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const inputs = [...sources.map((name) => join(root, 'src', name)), join(root, 'package.json')]
  const newest = Math.max(...inputs.map((path) => statSync(path).mtimeMs))
  return newest > statSync(built).mtimeMs
}

/** Builds beside dist and swaps at the end: whoever is using dist never sees half of one. */
export async function build() {
  const next = join(root, `dist.${process.pid}`)
  try {
    const tsc = await run(bin('tsc'), ['-p', 'tsconfig.build.json', '--outDir', next])
    if (!tsc.ok) return tsc
    const worker = await bundleWorker(next)
    if (!worker.ok) return worker
    rmSync(`${next}.old`, { recursive: true, force: true })
    if (existsSync(dist)) renameSync(dist, `${next}.old`)
    renameSync(next, dist)
    return { ok: true, output: worker.output }
  } finally {
    rmSync(next, { recursive: true, force: true })
    rmSync(`${next}.old`, { recursive: true, force: true })
  }
}

/** @param {string} outDir */
async function bundleWorker(outDir) {
  const result = await viteBuild({
    ...workerConfig,
    configFile: false,
    logLevel: 'error',
    build: { ...workerConfig.build, outDir },
  })
  const bundles = [result].flat()
  const files = bundles.flatMap((bundle) => ('output' in bundle ? bundle.output : []))
  const [file] = files
  if (files.length !== 1 || file?.type !== 'chunk' || file.imports.length > 0) {
    const names = files.map((each) => each.fileName).join(', ')
    return { ok: false, output: `The worker must be one file without imports, not: ${names}` }
  }
  return { ok: true, output: `worker.js: ${Buffer.byteLength(file.code)} bytes` }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ok, output } = await build()
  console.log(output)
  process.exit(ok ? 0 : 1)
}
