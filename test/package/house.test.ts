// The house of src/: no circle of imports, no file and no function that is too long to read at once.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { circles, longFiles, longFunctions, readHouse } from './house.ts'
import { root } from './pack.ts'

const LONGEST_FILE = 250
const LONGEST_FUNCTION = 60

const src = readHouse(join(root, 'src'))

describe('the sources', () => {
  test('are all here', () => {
    expect(Object.keys(src)).toEqual(expect.arrayContaining(['index.ts', 'core.ts', 'worker.ts']))
  })

  test('import each other in no circle, not through types and not through dynamic imports', () => {
    expect(circles(src)).toEqual([])
  })

  test(`are files of at most ${LONGEST_FILE} lines`, () => {
    expect(longFiles(src, LONGEST_FILE)).toEqual([])
  })

  test(`are functions of at most ${LONGEST_FUNCTION} lines`, () => {
    expect(longFunctions(src, LONGEST_FUNCTION)).toEqual([])
  })
})

describe('circles', () => {
  test('are not found where imports go one way', () => {
    const house = {
      'a.ts': `import { b } from './b.ts'\nimport { c } from './deep/c.ts'\nexport const a = b + c\n`,
      'b.ts': `import { c } from './deep/c.ts'\nexport const b = c\n`,
      'deep/c.ts': `import 'a.ts'\nexport const c = 1\n`,
    }
    expect(circles(house)).toEqual([])
  })

  test.each([
    ['an import', `import { b } from './deep/b.ts'\nexport const a = b\n`],
    ['import type', `import type { B } from './deep/b.ts'\nexport type A = B\n`],
    ['a type among values', `import { type B } from './deep/b.ts'\nexport type A = B\n`],
    ['a dynamic import', `export const a = () => import('./deep/b.ts')\n`],
    ['the type of an import', `export type A = import('./deep/b.ts').B\n`],
    ['typeof an import', `export type A = typeof import('./deep/b.ts')\n`],
    ['a re-export', `export { b } from './deep/b.ts'\n`],
    ['a re-exported type', `export type { B } from './deep/b.ts'\n`],
    ['export *', `export * from './deep/b.ts'\n`],
  ])('are found through %s', (_, code) => {
    const house = {
      'a.ts': code,
      'deep/b.ts': `import type { A } from '../a.ts'\nexport type B = A\n`,
    }
    expect(circles(house)).toEqual(['a.ts → deep/b.ts → a.ts'])
  })

  test('are each told once, and only by their own files', () => {
    const house = {
      'door.ts': `import './a.ts'\n`,
      'a.ts': `import './b.ts'\n`,
      'b.ts': `import './c.ts'\n`,
      'c.ts': `import './a.ts'\nimport './c.ts'\n`,
    }
    expect(circles(house)).toEqual(['a.ts → b.ts → c.ts → a.ts', 'c.ts → c.ts'])
  })
})

describe('files that are too long', () => {
  test('are named with their length', () => {
    const house = { 'short.ts': '//\n'.repeat(250), 'long.ts': '//\n'.repeat(251) }
    expect(longFiles(house, 250)).toEqual(['long.ts: 251 lines'])
  })
})

describe('functions that are too long', () => {
  const filler = (lines: number): string => 'f()\n'.repeat(lines)

  test('are not the ones of 60 lines', () => {
    const house = { 'a.ts': `export function it() {\n${filler(58)}}\n` }
    expect(longFunctions(house, 60)).toEqual([])
  })

  test.each([
    ['a declaration', `function it() {\n${filler(59)}}\n`, 'a.ts:1 it: 61 lines'],
    ['an arrow', `\nconst it = () => {\n${filler(59)}}\n`, 'a.ts:2 it: 61 lines'],
    ['an expression', `const it = function () {\n${filler(59)}}\n`, 'a.ts:1 it: 61 lines'],
    ['a method', `class A {\nit() {\n${filler(59)}}\n}\n`, 'a.ts:2 it: 61 lines'],
    ['a private method', `class A {\n#it() {\n${filler(59)}}\n}\n`, 'a.ts:2 #it: 61 lines'],
    ['an object’s', `const a = {\nit() {\n${filler(59)}},\n}\n`, 'a.ts:2 it: 61 lines'],
    ['an argument', `g(() => {\n${filler(59)}})\n`, 'a.ts:1 a function without name: 61 lines'],
  ])('%s of 61 lines', (_, code, message) => {
    expect(longFunctions({ 'a.ts': code }, 60)).toEqual([message])
  })

  test.each([
    ['methods', 'return { go() {} }'],
    ['arrows', 'return { go: () => 1 }'],
    ['its own functions', 'function go() {}; return { go }'],
    ['its own arrows', 'const go = () => 1; return { go }'],
    ['methods that has a name', 'const it = { go() {} }; return it'],
  ])('closures that return an object of %s are no exception', (_, end) => {
    const house = { 'a.ts': `function make() {\n${filler(58)}${end}\n}\n` }
    const message = 'a.ts:1 make: 61 lines, a closure that returns an object of functions'
    expect(longFunctions(house, 60)).toEqual([message])
  })
})
