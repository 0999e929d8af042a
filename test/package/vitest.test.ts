// A user's Vitest, without any setup for evertoken.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { install, run, scratch, versionOf } from './pack.ts'
import { userTest } from './test-runner-app.ts'
import { tried, versionsIn } from './tried.ts'

const { folder, remove } = scratch('vitest')

beforeAll(async () => {
  await install(folder, {
    evertoken: `file:${inject('packed').tarball}`,
    vitest: versionOf('vitest'),
    'happy-dom': versionOf('happy-dom'),
    // The last that runs on Node 20.
    jsdom: '27.4.0',
    '@testing-library/dom': versionOf('@testing-library/dom'),
    '@testing-library/react': versionOf('@testing-library/react'),
    react: versionOf('react'),
    'react-dom': versionOf('react-dom'),
  })
  writeFileSync(join(folder, 'app.test.jsx'), userTest)
})
afterAll(remove)

test.each(['jsdom', 'happy-dom'])(
  'T2 Vitest, %s: a test renders <AuthProvider>',
  async (environment) => {
    const args = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--globals',
      '--environment',
      environment,
    ]
    // Not what this test runner tells its own workers.
    const env = { NODE_ENV: 'test', VITEST: '', VITEST_WORKER_ID: '', VITEST_POOL_ID: '' }
    const { ok, output } = await run('node', args, { cwd: folder, env })
    expect(ok, output).toBe(true)
    tried(...versionsIn(folder, 'vitest', environment, 'react'))
  },
)
