// Every `ts` and `tsx` block of the README and of the pages of docs/ is a module that must compile against the built package. A block whose
// fence names a file ("```ts auth.ts") is that module, for other blocks to import as './auth'; each other block stands alone.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bin, root, run } from './run.mjs'

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  module: 'ESNext',
  moduleResolution: 'Bundler',
  moduleDetection: 'force',
  jsx: 'react-jsx',
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
}

/** What the recipe of docs/next.md takes from Next. */
const NEXT = `declare module 'next/navigation' {
  export function useRouter(): { replace(path: string): void }
}
`

/** What code for a page does not see: Node's types. */
const ON_A_SERVER = { types: ['node'] }
/** The packages that pages and backends are given. */
const NAMES = [
  ...['react', 'react-dom', 'react-router', '@types', '@tanstack'],
  ...['redis', '@redis', 'ws', 'undici-types', 'jose'],
  ...['vitest', '@testing-library'],
  ...['axios', 'ky', 'openapi-fetch', 'graphql-request', '@urql'],
]
/** Node's own types of this repository are of a Node without it. */
const SQLITE = `declare module 'node:sqlite' {
  export class DatabaseSync {
    constructor(path: string)
    exec(sql: string): void
    prepare(sql: string): { run(...given: any[]): any; get(...given: any[]): any; all(...given: any[]): any[] }
  }
}
`

/** The pages of docs/ that show code. A page stands alone: its blocks import each other, and none of another page's. */
export async function checkDocs() {
  const results = []
  for (const page of pagesWithCode()) {
    const { ok, output } = await checkReadme(
      page,
      basename(page).startsWith('bff') ? ON_A_SERVER : {},
    )
    results.push({ ok, output: `${relative(root, page)}: ${output}` })
  }
  return {
    ok: results.every(({ ok }) => ok),
    output: results.map(({ output }) => output).join('\n'),
  }
}

function pagesWithCode() {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const paths = pages.toSorted().map((name) => join(root, 'docs', name))
  return paths.filter((path) => codeBlocks(readFileSync(path, 'utf8')).length > 0)
}

/** @param {string} [readme] @param {object} [further] options of the compiler */
export async function checkReadme(readme = join(root, 'README.md'), further = {}) {
  const blocks = codeBlocks(readFileSync(readme, 'utf8'))
  if (blocks.length === 0) return { ok: false, output: 'The README shows no code.' }
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-readme-'))
  try {
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, ...further } }),
    )
    for (const { file, code } of blocks) writeFileSync(join(folder, file), code)
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/evertoken'))
    writeFileSync(join(folder, 'others.d.ts'), NEXT + SQLITE)
    for (const name of NAMES) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    const { ok, output } = await run(bin('tsc'), ['-p', '.'], { cwd: folder })
    return { ok, output: ok ? `figure: ${blocks.length} blocks` : output }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} markdown */
function codeBlocks(markdown) {
  const fences = markdown.matchAll(/^```(tsx?)(?:[ \t]+(\S+))?[^\n]*\n([\s\S]*?)^```$/gm)
  return Array.from(fences, ({ 1: language, 2: name, 3: code = '', index }) => {
    const line = markdown.slice(0, index).split('\n').length
    return { file: name ?? `README-line-${line}.${language}`, code }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = [await checkReadme(), await checkDocs()]
  for (const { output } of results) console.log(output)
  process.exit(results.every(({ ok }) => ok) ? 0 : 1)
}
