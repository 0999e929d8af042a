// What the checks count: whatever did not pass has failed. Lint refuses .skip, .only and .todo as they are written; a test
// that skips itself while it runs is seen only here.
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { vitest, type Outcome } from '../../scripts/steps.mjs'
import { root, scratch } from './pack.ts'

const { folder, remove } = scratch('skips')
afterAll(remove)

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
writeFileSync(join(folder, 'vitest.config.mjs'), 'export default { test: { allowOnly: false } }\n')

/** Runs one test file as the checks do. */
async function outcome(code: string): Promise<Outcome> {
  writeFileSync(join(folder, 'some.test.mjs'), `import { describe, it } from 'vitest'\n${code}\n`)
  return await vitest(['--root', folder])
}

test.each([
  ['a test that passes passes', `it('a', () => {})`, { ok: true, passed: 1, failed: 0 }],
  ['a failure fails', `it('a', () => { throw 1 })`, { ok: false, passed: 0, failed: 1 }],
  [
    'a skipped test fails the run, by name',
    `it('a', () => {}); it.skip('b', () => {})`,
    { ok: false, passed: 1, failed: 1, output: expect.stringContaining('Skipped, so failed: b') },
  ],
  [
    'a test that skips itself as it runs fails the run',
    `it('a', () => {}); it('b', ({ skip }) => skip())`,
    { ok: false, passed: 1, failed: 1, output: expect.stringContaining('Skipped, so failed: b') },
  ],
  [
    'each test of a skipped group fails the run',
    `it('a', () => {}); describe.skipIf(true)('b', () => { it('c', () => {}); it('d', () => {}) })`,
    { ok: false, passed: 1, failed: 2, output: expect.stringContaining('b c') },
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
