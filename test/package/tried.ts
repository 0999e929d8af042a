import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

/**
 * One row of docs/tools.md, which `npm run test:tools` collects: what was tried with which versions, and what was seen,
 * in the words of the test's title.
 */
export function tried(...versions: string[]): void {
  const title = expect.getState().currentTestName?.split(' > ').at(-1) ?? ''
  const [what, ...seen] = title.replace(/^(?:[A-Z]\d+ )+/, '').split(': ')
  console.log(`tried: ${versions.join(', ')} | ${what} | ${seen.join(': ')}`)
}

/** The names and versions of what is installed in a folder. */
export function versionsIn(folder: string, ...names: string[]): string[] {
  return names.map((name) => {
    const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')
    return `${name} ${(JSON.parse(manifest) as { version: string }).version}`
  })
}
