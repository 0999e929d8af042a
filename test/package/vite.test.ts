import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { consumer } from './consumer.ts'
import { developmentWords } from './development-words.ts'
import { serveCommand } from './serve.ts'

const { folder, installExample, script, visit } = consumer('vite')

// Everything but the tarball is in npm's cache since this repository was installed.
beforeAll(() => installExample('vite'))

test('examples/vite, built and previewed: its types hold, the worker holds the refresh token', async () => {
  await script('build')
  expect(developmentWords(join(folder, 'dist'))).toEqual([])
  await visit(serveCommand(folder, 'vite', ['preview', '--port', '0']), { vault: 'worker' })
})

test('examples/vite in development: the worker holds the refresh token', async () => {
  await visit(serveCommand(folder, 'vite', ['--port', '0', '--force']), { vault: 'worker' })
})
