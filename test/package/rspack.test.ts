import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { definitions } from './app.ts'
import { consumer } from './consumer.ts'
import { developmentWords } from './development-words.ts'
import { run, versionOf } from './pack.ts'
import { serveFolder } from './serve.ts'

const { folder, install, visit, write } = consumer('rspack', { tool: '@rspack/core' })

const build = (): string => `
import { rspack } from '@rspack/core'

const jsc = {
  parser: { syntax: 'typescript', tsx: true },
  transform: { react: { runtime: 'automatic' } },
}
const compiler = rspack({
  mode: process.argv[2],
  entry: './src/main.tsx',
  output: { filename: 'main.js' },
  resolve: { extensions: ['...', '.ts', '.tsx'] },
  module: { rules: [{ test: /\\.tsx?$/, loader: 'builtin:swc-loader', options: { jsc } }] },
  plugins: [new rspack.DefinePlugin(${JSON.stringify(definitions())})],
})
compiler.run((error, stats) => {
  const failed = error ?? (stats.hasErrors() ? stats.toString() : undefined)
  if (failed) throw failed
})
`

beforeAll(async () => {
  await install({
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    '@rspack/core': '2.3.2',
  })
  write({ script: 'classic', files: { 'build.mjs': build() } })
})

test.each(['production', 'development'])(
  'Rspack, React 19, %s: the worker holds the refresh token',
  async (mode) => {
    const { ok, output } = await run('node', ['build.mjs', mode], { cwd: folder })
    expect(ok, output).toBe(true)
    const words = developmentWords(join(folder, 'dist'))
    expect(words.length > 0).toBe(mode === 'development')
    await visit(serveFolder(join(folder, 'dist')), { vault: 'worker' })
  },
)
