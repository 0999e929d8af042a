import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './run.mjs'

/**
 * Puts what a script has printed into a page of docs/, in place of what it printed the last time.
 *
 * @param {string} page
 * @param {string} command the script, as the page names it
 * @param {string} table
 */
export function writeIntoDocs(page, command, table) {
  const [begin, end] = [`<!-- printed by ${command} -->`, '<!-- end -->']
  const file = join(root, 'docs', page)
  const [before, rest] = readFileSync(file, 'utf8').split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`docs/${page} says nowhere "${begin}" and "${end}"`)
  writeFileSync(file, `${before}${begin}\n\n${table}\n\n${end}${after}`)
}
