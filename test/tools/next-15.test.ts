import { beforeAll, test, vi } from 'vitest'
import { copyExample, manifestOf } from '../package/app.ts'
import { consumer } from '../package/consumer.ts'
import { serveCommand } from '../package/serve.ts'

const { command, folder, install, visit } = consumer('next-15', { tool: 'next' })

beforeAll(async () => {
  vi.stubEnv('NEXT_TELEMETRY_DISABLED', '1')
  copyExample('next', folder)
  const { dependencies, devDependencies } = manifestOf('next')
  // The tarball is what is tried.
  const { evertoken: _, ...others } = dependencies
  await install({ ...(devDependencies as object), ...others, next: '15.5.29' })
})

test('Next 15, production: the worker holds the refresh token', async () => {
  await command('next', 'build')
  await visit(serveCommand(folder, 'next', ['start', '-p', '0']), { vault: 'worker' })
})
