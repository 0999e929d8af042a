// Plain esbuild knows no workers: it leaves their URL as it is, and no file is there.
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { definitions } from './app.ts'
import { consumer } from './consumer.ts'
import { developmentWords } from './development-words.ts'
import { versionOf } from './pack.ts'
import { serveFolder } from './serve.ts'

const { command, folder, install, visit, write } = consumer('esbuild')

async function bundle(...args: string[]): Promise<void> {
  const defined = Object.entries(definitions()).map(([name, value]) => `--define:${name}=${value}`)
  const always = ['--bundle', '--jsx=automatic', '--outdir=dist', ...defined]
  await command('esbuild', 'src/main.tsx', ...always, ...args)
}

beforeAll(async () => {
  await install({
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    esbuild: '0.28.2',
  })
})

// At once, and not after two seconds of silence: the reason says so.
test.each([
  ['one module', 'module', ['--minify', '--format=esm'], 'did not run'],
  ['chunks', 'module', ['--format=esm', '--splitting'], 'did not run'],
  // No import.meta there.
  ['a classic script', 'classic', ['--minify', '--format=iife'], 'Invalid URL'],
] as const)('as %s: the page holds it, and diagnostics say why', async (_, script, args, why) => {
  write({ script })
  await bundle(...args)
  const fallback = expect.stringContaining(why)
  await visit(serveFolder(join(folder, 'dist')), { vault: 'page', fallback })
})

test('with workerUrl and a copy of evertoken/worker: the worker holds it', async () => {
  // Without what the tests before have left.
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  write({ script: 'module', options: { workerUrl: '/evertoken-worker.js' } })
  await bundle('--minify', '--format=esm')
  expect(developmentWords(join(folder, 'dist'))).toEqual([])
  const { resolve } = createRequire(join(folder, 'package.json'))
  cpSync(resolve('evertoken/worker'), join(folder, 'dist/evertoken-worker.js'))
  await visit(serveFolder(join(folder, 'dist')), { vault: 'worker' })
})
