// What the repository's pages say is there, is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsOf, linksOf } from './links.ts'
import { root } from './pack.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...docs.map((name) => join('docs', name)),
]

describe('each link leads somewhere', () => {
  test.each(pages)('%s', (page) => {
    const dead = linksOf(read(page)).filter(({ path, anchor }) => {
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor)
    })
    expect(dead).toEqual([])
  })

  test('and every page of docs/ is linked to from their index', () => {
    const linked = linksOf(read('docs/README.md')).map(({ path }) => path)
    const own = ['README.md', 'requirements.md']
    expect(docs.filter((name) => !own.includes(name) && !linked.includes(name))).toEqual([])
  })
})

describe('each name has its row', () => {
  /** The first cells of a page's table rows, or all that is code in them. */
  const named = (page: string): string[] =>
    Array.from(read(page).matchAll(/^\| (`[^|]*) \|/gm), ([, cell = '']) => cell).flatMap((cell) =>
      Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name),
    )

  test('docs/errors.md names every code of an AuthError once', () => {
    const [, union = ''] = /type AuthErrorCode =([\s\S]*?)\n\n/.exec(read('src/errors.ts'))!
    const codes = Array.from(union.matchAll(/\| '(\w+)'/g), ([, code = '']) => code)
    expect(codes.length).toBeGreaterThan(30)
    const rows = named('docs/errors.md')
    expect(codes.filter((code) => rows.filter((row) => row === code).length !== 1)).toEqual([])
  })

  test.each([
    ['createAuthClient', 'src/client/options/options.ts', 'AuthClientOptions'],
    ['createAuthClient with a backend', 'src/client/options/bff-options.ts', 'BffClientOptions'],
    ['signIn', 'src/client/auth-client.ts', 'SignInOptions'],
    ['signOut', 'src/client/auth-client.ts', 'SignOutOptions'],
  ])('docs/options.md names every option of %s', (_, file, type) => {
    const [, body = ''] = new RegExp(`interface ${type}\\b[^]*?\\{\\n([^]*?)\\n\\}`).exec(
      read(file),
    )!
    const options = Array.from(body.matchAll(/^ {2}(\w+)\??:/gm), ([, name = '']) => name)
    expect(options.length).toBeGreaterThan(1)
    // `idToken.audiences` is the row of a member.
    const rows = named('docs/options.md').map((row) => row.split('.')[0])
    expect(options.filter((option) => !rows.includes(option))).toEqual([])
  })
})

describe('links', () => {
  test('are those of the text, not of its code and not to elsewhere', () => {
    const markdown = '[a](a.md#b) [c](#d) [e](https://e.example) `[f](f.md)`\n```\n[g](g.md)\n```\n'
    expect(linksOf(markdown)).toEqual([
      { path: 'a.md', anchor: 'b' },
      { path: '', anchor: 'd' },
    ])
  })

  test('name headings as GitHub spells them', () => {
    const markdown = '## What `auth.fetch` does\n```sh\n# no heading\n```\n| <a id="u1"></a>U1 |\n'
    expect(anchorsOf(markdown)).toEqual(['what-authfetch-does', 'u1'])
  })
})
