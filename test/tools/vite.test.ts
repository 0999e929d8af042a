import { join } from 'node:path'
import { beforeAll, describe, test } from 'vitest'
import { consumer } from '../package/consumer.ts'
import { serveCommand, serveFolder } from '../package/serve.ts'
import { installUnderVite } from '../package/vite-app.ts'

describe.each(['5.4.21', '6.4.6', '7.3.8'])('Vite %s', (version) => {
  const application = consumer(`vite-${version}`, { tool: 'vite' })
  const { command, folder, visit } = application
  beforeAll(async () => {
    await installUnderVite(application, version)
  })

  test('T1 Vite, development: the worker holds the refresh token', async () => {
    await visit(serveCommand(folder, 'vite', ['--port', '0', '--force']), { vault: 'worker' })
  })

  test('T1 Vite, production: the worker holds the refresh token', async () => {
    await command('vite', 'build')
    await visit(serveFolder(join(folder, 'dist')), { vault: 'worker' })
  })
})
