// src → dist: per-file ESM by tsc, then the worker and the sign-in as one file each over tsc's own, and what CommonJS
// loads beside. Built next to dist and swapped at the end: a build that fails, or runs beside tests, never leaves half of one.
import { cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleSignIn } from './bundle-sign-in.mjs'
import { bin, root, run } from './run.mjs'

const dist = join(root, 'dist')
const next = join(root, `dist.${process.pid}`)
const old = `${next}.old`
const commonJs = join(next, 'commonjs')
const quietly = ['--logLevel', 'error']
/** @type {[tool: string, args: string[]][]} */
const commands = [
  ['tsc', ['-p', 'tsconfig.build.json', '--outDir', next]],
  ['vite', ['build', '-c', 'vite.worker.config.js', '--outDir', next, ...quietly]],
  ['vite', ['build', '-c', 'vite.commonjs.config.js', '--outDir', commonJs, ...quietly]],
]

// Whoever asks for the build, a test runner for one.
process.env['NODE_ENV'] = 'production'
try {
  for (const [tool, args] of commands) {
    const { ok, output } = await run(bin(tool), args)
    if (!ok) throw new Error(output)
  }
  await bundleSignIn(next)
  // The worker exports nothing: it is started, not imported.
  writeFileSync(join(next, 'worker.d.ts'), 'export {}\n')
  writeCommonJsTypes()
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(next, dist)
} finally {
  for (const folder of [next, old]) rmSync(folder, { recursive: true, force: true })
}

/** A compiler asks the nearest manifest what a declaration is: a copy says the same of CommonJS. */
function writeCommonJsTypes() {
  const files = readdirSync(next, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
    cpSync(join(next, file), join(commonJs, file))
  }
  writeFileSync(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n')
}
