import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { parseAst } from 'vite'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { linksOf } from './links.ts'
import { bin, root, run, scratch, unpackInto, versionOf } from './pack.ts'

const { folder, remove } = scratch('shape')
const { tarball, files } = inject('packed')
let home: string

beforeAll(async () => {
  home = await unpackInto(folder, tarball, [])
})
afterAll(remove)

const text = (file: string): string => readFileSync(join(home, file), 'utf8')

const isCommonJs = (file: string): boolean => file.startsWith('dist/commonjs/')

/** Every module a file names, static and dynamic. */
function imports(file: string): string[] {
  const found: string[] = []
  JSON.stringify(parseAst(text(file)), (_, node: unknown) => {
    if (typeof node !== 'object' || node === null || !('type' in node)) return node
    if (/^(Import|ExportNamed|ExportAll)(Declaration|Expression)$/.test(String(node.type))) {
      const { source } = node as { source?: { value?: unknown } | null }
      if (source) found.push(String(source.value))
    }
    return node
  })
  return found
}

/** A module and everything it reaches by relative imports. */
function graph(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const specifier of imports(file)) {
    if (specifier.startsWith('.')) graph(join(dirname(file), specifier), seen)
  }
  return seen
}

describe('the tarball', () => {
  test('holds the built package, its words, and nothing else', () => {
    const others = files.filter(
      (file) =>
        !/^dist\/.+\.(js|d\.ts)$/.test(file) &&
        !/^(LICENSE|(dist\/commonjs\/)?package\.json|(README|SECURITY|CHANGELOG)\.md)$/.test(
          file,
        ) &&
        !/^dist\/(commonjs\/)?THIRD-PARTY-LICENSES\.md$/.test(file) &&
        !/^docs\/[^/]+\.md$/.test(file),
    )
    expect(others).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/worker.js']),
    )
    // `evertoken/testing` is for the tests of applications.
    const own = /^(docs|dist(\/commonjs)?)\/testing(\.|\/(auth|session-store)\b)/
    const names = files.filter((file) => !own.test(file)).map((file) => file.replace('.d.ts', ''))
    expect(names.filter((file) => /test|fixture|\.tsx?$/.test(file))).toEqual([])
  })

  test('holds every page that one of its pages links to: pictures and examples are the repository’s', () => {
    const pages = files.filter((file) => file.endsWith('.md') && !file.startsWith('dist/'))
    const linked = pages.flatMap((page) =>
      linksOf(text(page)).map(({ path }) => join(dirname(page), path)),
    )
    expect(linked).toContain('docs/bff.md')
    expect(linked.filter((path) => path.endsWith('.md') && !files.includes(path))).toEqual([])
    expect(files).not.toContain('docs/requirements.md')
  })

  test.each(['dist', 'dist/commonjs'])('holds the licences of what is bundled in %s', (where) => {
    const licences = text(`${where}/THIRD-PARTY-LICENSES.md`)
    for (const name of ['oauth4webapi', 'jose']) {
      expect(licences).toContain(`## ${name} - ${versionOf(name)} (MIT)`)
      const licence = readFileSync(join(root, 'node_modules', name, 'LICENSE.md'), 'utf8')
      expect(licences).toContain(licence.trim())
    }
    expect(licences.match(/^## /gm)).toHaveLength(2)
  })

  test('satisfies publint, suggestions included', async () => {
    const { messages, pkg } = await publint({ pkgDir: home, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('T3 resolves with types in every mode (attw)', async () => {
    // The worker is started by its URL, and never imported: a module, whichever way one asks for it.
    const rules = ['--ignore-rules', 'cjs-resolves-to-esm']
    const { ok, output } = await run(bin('attw'), [tarball, ...rules, '--no-color'])
    expect(ok, output).toBe(true)
  })
})

describe('the modules', () => {
  test('import React and the two protocol libraries, and each other by files that exist', () => {
    const modules = files.filter((file) => file.endsWith('.js') && !isCommonJs(file))
    const foreign = new Set<string>()
    const missing: string[] = []
    for (const file of modules) {
      for (const specifier of imports(file)) {
        if (!specifier.startsWith('.')) foreign.add(specifier)
        else if (!existsSync(join(home, dirname(file), specifier)))
          missing.push(`${file}: ${specifier}`)
      }
    }
    expect(missing).toEqual([])
    const allowed = /^(jose|react)(\/|$)|^oauth4webapi$|^@tanstack\/react-query$/
    expect([...foreign].filter((name) => !allowed.test(name))).toEqual([])
  })

  test('of the core never reach React', () => {
    const reached = [...graph('dist/core.js')]
    expect(reached.length).toBeGreaterThan(5)
    expect(
      reached.filter((file) => imports(file).some((name) => name.startsWith('react'))),
    ).toEqual([])
    expect(
      reached.map((file) => relative('dist', file)).filter((f) => f.startsWith('react')),
    ).toEqual([])
  })

  test('are for the client: the first line of the React entry says so', () => {
    expect(text('dist/index.js')).toMatch(/^['"]use client['"];?\n/)
  })

  test('T4 name no `process` that a bundler does not replace', () => {
    const guard = /DEVELOPMENT &&\s+process\.env\.NODE_ENV !== (['"])production\1/g
    const naming = files
      .filter((file) => file.endsWith('.js') && !isCommonJs(file))
      .filter((file) => /\bprocess\./.test(text(file).replaceAll(guard, '')))
    // The one that asks, and catches what is thrown where there is none.
    expect(naming).toEqual(['dist/client/page/development.js'])
  })

  test('T2 for CommonJS need nothing that is a module only', () => {
    const commonJs = files.filter((file) => isCommonJs(file) && file.endsWith('.js'))
    const required = new Set<string>()
    for (const file of commonJs) {
      expect(text(file)).not.toMatch(/\bimport\.meta\b|\bimport\(|^(import|export)\b/m)
      for (const [, name = ''] of text(file).matchAll(/\brequire\("([^"]+)"\)/g)) required.add(name)
    }
    const foreign = [...required].filter((name) => !name.startsWith('.')).toSorted()
    expect(foreign).toEqual(['@tanstack/react-query', 'node:util', 'react', 'react/jsx-runtime'])
  })

  test('keep the worker in one file without imports or exports', () => {
    expect(imports('dist/worker.js')).toEqual([])
    // Tree shaking that went too far once left nothing.
    expect(text('dist/worker.js')).toContain('onconnect')
    expect(text('dist/worker.js')).not.toMatch(/\bimport\s*[({"']|\brequire\(|process\.env/)
    expect(text('dist/worker.d.ts').trim()).toBe('export {}')
  })

  test('find the worker by the URL that bundlers know', () => {
    const url = /new URL\('([^']*worker\.js)', import\.meta\.url\)/
    const found = files
      .filter((file) => file.endsWith('.js') && file !== 'dist/worker.js')
      .flatMap((file) => {
        const path = url.exec(text(file))?.[1]
        return path === undefined ? [] : [join(dirname(file), path)]
      })
    expect(found).toEqual(['dist/worker.js'])
  })
})
