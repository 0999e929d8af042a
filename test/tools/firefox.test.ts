// What is seen in Chromium everywhere else, up to the reload.
import { beforeAll, test } from 'vitest'
import { consumer } from '../package/consumer.ts'
import { serveCommand } from '../package/serve.ts'

const { folder, installExample, script, visit } = consumer('firefox', {
  tool: 'vite',
  engine: 'firefox',
})

beforeAll(() => installExample('vite'))

test('Vite, production, Firefox: the worker holds the refresh token (no reload tried)', async () => {
  await script('build')
  const served = serveCommand(folder, 'vite', ['preview', '--port', '0'])
  await visit(served, { vault: 'worker', reload: false })
})
