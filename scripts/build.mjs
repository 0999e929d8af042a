// src → dist: per-file ESM by tsc, then the worker as one self-contained file over tsc's own. Built beside dist and
// swapped at the end: a build that fails, or runs beside tests, never leaves half of one.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root, run } from './run.mjs'

const dist = join(root, 'dist')
const next = join(root, `dist.${process.pid}`)
const old = `${next}.old`
const commands = {
  tsc: ['-p', 'tsconfig.build.json', '--outDir', next],
  vite: ['build', '-c', 'vite.worker.config.js', '--outDir', next, '--logLevel', 'error'],
}

try {
  for (const [tool, args] of Object.entries(commands)) {
    const { ok, output } = await run(bin(tool), args, { env: { NODE_ENV: 'production' } })
    if (!ok) throw new Error(output)
  }
  // The worker exports nothing: it is started, not imported.
  writeFileSync(join(next, 'worker.d.ts'), 'export {}\n')
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(next, dist)
} finally {
  for (const folder of [next, old]) rmSync(folder, { recursive: true, force: true })
}
