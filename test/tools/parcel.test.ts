import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, test } from 'vitest'
import { definitions } from '../package/app.ts'
import { consumer } from '../package/consumer.ts'
import { versionOf } from '../package/pack.ts'
import { serveFolder } from '../package/serve.ts'

const { command, folder, install, visit, write } = consumer('parcel')

beforeAll(async () => {
  await install({
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
    parcel: '2.16.4',
  })
  const manifest = join(folder, 'package.json')
  const resolver = { '@parcel/resolver-default': { packageExports: true } }
  const named = JSON.parse(read(manifest)) as object
  writeFileSync(manifest, JSON.stringify({ ...named, ...resolver }))
  write({ script: 'module' })
  // Parcel knows no import.meta.env.
  const auth = join(folder, 'src/auth.ts')
  const defined = Object.entries(definitions())
  const text = defined.reduce((source, [name, value]) => source.replace(name, value), read(auth))
  writeFileSync(auth, text)
  const page = join(folder, 'index.html')
  writeFileSync(page, read(page).replace('/main.js', '/src/main.tsx'))
  rmSync(join(folder, 'dist'), { recursive: true })
})

const read = (file: string): string => readFileSync(file, 'utf8')

test('Parcel with packageExports, production: the worker holds the refresh token', async () => {
  await command('parcel', 'build', 'index.html', '--no-cache')
  await visit(serveFolder(join(folder, 'dist')), { vault: 'worker' })
})
