// `npm run test:nodes`: the tests that need no browser, under each Node that is supported. npm brings the binaries.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'
import { finish, step, vitest } from './steps.mjs'

const versions = ['20.19.0', '22.23.3', '24.21.0']
const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const folder = mkdtempSync(join(tmpdir(), 'evertoken-nodes-'))

try {
  const packages = versions.map((version) => `node-${version}@npm:node-${platform}@${version}`)
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
  const here = await step(`Node ${versions.join(', ')} are here`, () =>
    run('npm', [...args, ...packages], { cwd: folder }),
  )
  for (const version of here ? versions : []) {
    const node = join(folder, `node_modules/node-${version}/bin/node`)
    await step(`Unit tests pass under Node ${version}`, () => vitest(['--project=unit'], { node }))
    await step(`React tests pass under Node ${version}`, () =>
      vitest(['--project=react'], { node }),
    )
    await step(`The built package loads under Node ${version}`, () =>
      vitest(['--project=package', 'test/package/exports', 'test/package/shape'], { node }),
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
finish()
