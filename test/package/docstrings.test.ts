// What an editor shows where a public name is used: each has words of its own, also the types.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './pack.ts'

const ENTRIES = ['index', 'core', 'query', 'testing', 'bff', 'bff-node', 'bff-redis', 'bff-sqlite']
const DECLARATION = /^export (?:declare )?(?:function|const|class|interface|type) (\w+)/
const EXPORTS = /^export (?:type )?\{([^}]*)\}(?: from '(.+)')?;/gm
const STAR = /^export \* from '(.+)';/gm

/** Public names without a comment in front of any of their declarations. */
function undocumented(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  const from = (path: string) => join(dirname(file), path.replace(/\.tsx?$|\.js$/, '.d.ts'))
  const missing = [...documentation(source)].flatMap(([name, has]) => (has ? [] : [name]))
  for (const [, names = '', path] of source.matchAll(EXPORTS)) {
    if (!path?.startsWith('.')) continue
    const wanted = names.split(',').map((name) => name.trim().replace(/^type |\sas .*$/g, ''))
    missing.push(...undocumented(from(path)).filter((name) => wanted.includes(name)))
  }
  for (const [, path = ''] of source.matchAll(STAR)) missing.push(...undocumented(from(path)))
  return missing
}

function documentation(source: string): Map<string, boolean> {
  const lines = source.split('\n')
  const found = new Map<string, boolean>()
  lines.forEach((line, index) => {
    const name = DECLARATION.exec(line)?.[1]
    // Of an overloaded function one declaration has the words.
    if (name) found.set(name, found.get(name) || (lines[index - 1] ?? '').trim().endsWith('*/'))
  })
  return found
}

describe('every public name says what it is', () => {
  test.each(ENTRIES)('%s', (entry) => {
    expect(undocumented(join(root, 'dist', `${entry}.d.ts`))).toEqual([])
  })
})

test('a name without words is found', () => {
  const source = '/** Here. */\nexport type A = 1;\n\nexport type B = 2;'
  expect([...documentation(source)]).toEqual([
    ['A', true],
    ['B', false],
  ])
})
