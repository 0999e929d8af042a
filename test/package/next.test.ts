// Next's app router as a production build. Its development server, and webpack in its place: `npm run try:next`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, test, vi } from 'vitest'
import { nextApp } from '../../scripts/next-app.mjs'
import { consumer } from './consumer.ts'
import { versionOf } from './pack.ts'
import { serveCommand } from './serve.ts'

const { command, folder, install, issuer, visit } = consumer('next')

beforeAll(async () => {
  vi.stubEnv('NEXT_TELEMETRY_DISABLED', '1')
  await install({
    next: '16.4.6',
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    typescript: '5.9.3',
    '@types/node': versionOf('@types/node'),
    '@types/react': versionOf('@types/react'),
  })
  for (const [name, text] of Object.entries(nextApp(issuer()))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text.trimStart())
  }
})

test('Next, React 19, production: the worker holds the refresh token, hydration is silent', async () => {
  await command('next', 'build')
  await visit(serveCommand(folder, 'next', ['start', '-p', '0']), { vault: 'worker' })
})
