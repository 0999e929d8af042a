// Next's app router as a production build. Its development server, and webpack in its place: `npm run test:next`.
import { beforeAll, test, vi } from 'vitest'
import { consumer } from './consumer.ts'
import { serveCommand } from './serve.ts'

const { folder, installExample, script, visit } = consumer('next')

beforeAll(async () => {
  vi.stubEnv('NEXT_TELEMETRY_DISABLED', '1')
  await installExample('next')
})

test('examples/next, React 19, production: the worker holds the refresh token, hydration is silent', async () => {
  await script('build')
  await visit(serveCommand(folder, 'next', ['start', '-p', '0']), { vault: 'worker' })
})
