// Every `ts` and `tsx` block of the README, and of those of docs/ below, is a module that must compile against the built package. A block whose
// fence names a file ("```ts auth.ts") is that module, for other blocks to import as './auth'; each other block stands alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** What the README's recipe takes from Next. */
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

/** What is said of the backend. */
export const checkBackendDocs = () => checkReadme(join(root, 'docs/bff.md'), ON_A_SERVER)

/** What is said of guards, and of the end of a session. */
export const checkGuardDocs = async () => {
  const guards = await checkReadme(join(root, 'docs/guards.md'))
  return guards.ok ? checkReadme(join(root, 'docs/session-end.md')) : guards
}

/** What is said of other HTTP libraries. */
export const checkCallDocs = () => checkReadme(join(root, 'docs/calls.md'))

/** What is said of tests. */
export const checkTestingDocs = () => checkReadme(join(root, 'docs/testing.md'))

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
  const results = [
    await checkReadme(),
    await checkBackendDocs(),
    await checkGuardDocs(),
    await checkCallDocs(),
    await checkTestingDocs(),
  ]
  for (const { output } of results) console.log(output)
  process.exit(results.every(({ ok }) => ok) ? 0 : 1)
}
