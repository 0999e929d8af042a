import { beforeAll, test } from 'vitest'
import { consumer } from './consumer.ts'
import { versionOf } from './pack.ts'
import { serveCommand } from './serve.ts'

const { command, folder, install, visit, write } = consumer('vite')

beforeAll(async () => {
  // Everything but the tarball is in npm's cache since this repository was installed.
  await install({
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    '@vitejs/plugin-react': versionOf('@vitejs/plugin-react'),
    vite: versionOf('vite'),
  })
  const config = `import react from '@vitejs/plugin-react'\nexport default { plugins: [react()] }\n`
  write({ script: 'sources', files: { 'vite.config.js': config } })
})

test('vite build, vite preview: the worker holds the refresh token', async () => {
  await command('vite', 'build')
  await visit(serveCommand(folder, 'vite', ['preview', '--port', '0']), { vault: 'worker' })
})

test('vite dev: the worker holds the refresh token', async () => {
  await visit(serveCommand(folder, 'vite', ['--port', '0', '--force']), { vault: 'worker' })
})
