import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bin, root, run, scratch } from './pack.ts'

const { folder, remove } = scratch('skips')
afterAll(remove)

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const reporters = JSON.stringify([join(root, 'scripts/reporter.mjs')])
writeFileSync(
  join(folder, 'vitest.config.mjs'),
  `export default { test: { allowOnly: false, reporters: ${reporters} } }\n`,
)

/** Runs one test file as the checks do. */
async function outcome(code: string): Promise<{ ok: boolean; passed: number; failed: number }> {
  writeFileSync(join(folder, 'some.test.mjs'), `import { it } from 'vitest'\n${code}\n`)
  const summary = join(folder, 'summary.json')
  const env = { TEST_SUMMARY: summary }
  const { ok } = await run(bin('vitest'), ['run', '--root', folder], { cwd: folder, env })
  return {
    ok,
    ...(JSON.parse(readFileSync(summary, 'utf8')) as { passed: number; failed: number }),
  }
}

test.each([
  ['a test that passes passes', `it('a', () => {})`, { ok: true, passed: 1, failed: 0 }],
  ['a failure fails', `it('a', () => { throw 1 })`, { ok: false, passed: 0, failed: 1 }],
  [
    'a skipped test fails the run',
    `it('a', () => {}); it.skip('b', () => {})`,
    { ok: false, passed: 1, failed: 1 },
  ],
  ['a plan fails the run', `it('a', () => {}); it.todo('b')`, { ok: false, passed: 1, failed: 1 }],
  ['.only fails the run', `it.only('a', () => {}); it('b', () => {})`, { ok: false }],
  ['a file that cannot load fails', `throw new Error('no')`, { ok: false, passed: 0, failed: 1 }],
  ['a file without tests fails', ``, { ok: false, passed: 0, failed: 1 }],
  [
    'an error outside tests fails',
    `it('a', () => { setTimeout(() => { throw new Error('late') }) }); it('b', () => new Promise((r) => setTimeout(r, 50)))`,
    { ok: false, passed: 2 },
  ],
])('%s', async (_, code, expected) => {
  expect(await outcome(code)).toMatchObject(expected)
})
