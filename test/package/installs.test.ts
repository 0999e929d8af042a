import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isInstalled, OLDEST_QUERY, REACT_18 } from '../../scripts/installs.mjs'
import { scratch } from './pack.ts'

const { folder, remove } = scratch('installs')
afterAll(remove)

const locked = {
  '': { name: 'beside' },
  'node_modules/react': { version: '18.3.1' },
  'node_modules/of-another-system': { version: '1.0.0', optional: true },
}

function write(lockfile: string, packages: object): void {
  writeFileSync(join(folder, lockfile), JSON.stringify({ packages }))
}

/** What npm does when it has installed all of it. */
const writeDown = (version: string) =>
  write('node_modules/.package-lock.json', { 'node_modules/react': { version } })

test('packages are installed when npm has written down the versions of the lockfile, and not before', () => {
  write('package-lock.json', locked)
  expect(isInstalled(folder)).toBe(false)
  mkdirSync(join(folder, 'node_modules/react'), { recursive: true })
  expect(isInstalled(folder), 'an install that was interrupted').toBe(false)
  writeDown('18.2.0')
  expect(isInstalled(folder), 'another version').toBe(false)
  writeDown('18.3.1')
  expect(isInstalled(folder)).toBe(true)
})

test('what npm test needs beside its own packages is installed here', () => {
  expect([REACT_18, OLDEST_QUERY].filter((beside) => !isInstalled(beside))).toEqual([])
})
