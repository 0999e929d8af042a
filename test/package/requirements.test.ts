import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './pack.ts'
import { complaintsAbout, idsInTests, idsInTitle, requirementsIn } from './requirement-ids.ts'

const row = (id: string) => `| <a id="${id.toLowerCase()}"></a>${id} | Holds. | RFC 6749 §6 |`

test('docs/requirements.md and the titles of the tests name the same ids', () => {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    // The ids in this file are planted.
    .filter((file) => /\.tsx?$/.test(file) && !/node_modules|requirements\.test/.test(file))
    .toSorted()
  const ids = new Map(
    files.map((file) => [file, idsInTests(readFileSync(join(root, 'test', file), 'utf8'), file)]),
  )
  // A scan that finds nothing would agree with anything.
  expect(new Set([...ids.values()].flat()).size).toBeGreaterThan(100)
  const document = readFileSync(join(root, 'docs/requirements.md'), 'utf8')
  expect(complaintsAbout(ids, requirementsIn(document))).toEqual([])
})

describe('an id in a title', () => {
  test.each<[title: string, ids: string[]]>([
    ['U9 A-11 keeps one exchange', ['U9', 'A-11']],
    ['U9', ['U9']],
    ['F33b fetches keys when it needs them', ['F33b']],
    ['refuses the mix-up M-1 of two providers', ['M-1']],
    ['RFC 9700 §4.14.2 T-16 ends the family', ['RFC 9700 §4.14.2', 'T-16']],
    ['conformance 15 T-21 refuses a broken signature', ['conformance 15', 'T-21']],
    ['RS256 signs, and so do ES256 and P-256', []],
    ['HS256 is refused in UTF-8', []],
    ['P-256 is a curve', []],
    ['H2O and U2F are not ours', []],
    ['waits 10 s for F1', []],
  ])('is seen in %j', (title, ids) => {
    expect(idsInTitle(title)).toEqual(ids)
  })

  test.each([
    ['a test', `test('U9 holds', () => {})`],
    ['a suite', `describe('U9 holds', () => {})`],
    ['a template', 'for (const name of names) it(`U9 holds [${name}]`, () => {})'],
    ['a table', `test.each([['one'], ['U9 two']])('%s', () => {})`],
    ['a typed table of objects', `test.each<Row>([{ name: 'U9 two' }])('$name', () => {})`],
    ['a table with a name', `const rows = [['U9 two']]\ntest.each(rows)('%s', () => {})`],
    ['a title after a table', `test.concurrent.for(rows)('U9 %s', async () => {})`],
    ['a suite with a table', `describe.each([['A']])('U9 %s', () => {})`],
  ])('is found in %s', (_, code) => {
    expect(idsInTests(code, 'some.test.ts')).toEqual(['U9'])
  })

  test.each([
    ['the body of a test', `test('holds', () => { say('U9 holds') })`],
    ['a comment', `// U9 holds\ntest('holds', () => {})`],
    ['another call', `say('U9 holds')`],
  ])('is not looked for in %s', (_, code) => {
    expect(idsInTests(code, 'some.test.ts')).toEqual([])
  })
})

describe('the comparison', () => {
  const titles = new Map([['some.test.ts', ['U9', 'T-16']]])

  test('accepts equal ids', () => {
    const rows = requirementsIn([row('U9'), row('T-16')].join('\n'))
    expect(rows[0]).toEqual({ id: 'U9', sentence: 'Holds.', source: 'RFC 6749 §6' })
    expect(complaintsAbout(titles, rows)).toEqual([])
  })

  test.each([
    ['an id of a title without a row', [row('U9')], 'some.test.ts: no row for T-16'],
    [
      'a row whose id stands in no title',
      [row('U9'), row('T-16'), row('W2')],
      'no test is named after W2',
    ],
    ['two rows for one id', [row('U9'), row('T-16'), row('U9')], 'two rows for U9'],
    [
      'a row without a source',
      [row('U9').replace('RFC 6749 §6', ''), row('T-16')],
      'U9 lacks a sentence with a full stop, or a source',
    ],
  ])('refuses %s', (_, rows, complaint) => {
    expect(complaintsAbout(titles, requirementsIn(rows.join('\n')))).toEqual([complaint])
  })
})
