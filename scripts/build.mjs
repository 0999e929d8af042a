// src → dist: per-file ESM by tsc, then the worker as one self-contained file over tsc's own.
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseSync } from 'vite'
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
  // In a process of its own, for vite leaves NODE_ENV=production behind.
  const args = ['build', '--config', 'vite.worker.config.js', '--outDir', outDir]
  const env = { NODE_ENV: 'production' }
  const vite = await run(bin('vite'), [...args, '--logLevel', 'error'], { env })
  if (!vite.ok) return vite
  const worker = join(outDir, 'worker.js')
  const code = readFileSync(worker, 'utf8')
  const { module } = parseSync(worker, code)
  if (module.staticImports.length + module.dynamicImports.length > 0) {
    return { ok: false, output: 'The worker must be one file without imports.' }
  }
  // It exports nothing: it is started, not imported.
  writeFileSync(join(outDir, 'worker.d.ts'), 'export {}\n')
  return { ok: true, output: `worker.js: ${code.length} bytes` }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ok, output } = await build()
  console.log(output)
  process.exit(ok ? 0 : 1)
}
