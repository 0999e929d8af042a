// Applications to bundle: copies of examples/, and the sources of examples/vite in the hands of other bundlers.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from './pack.ts'

const examples = join(root, 'examples')

interface Manifest {
  dependencies: Record<string, string>
  [field: string]: unknown
}

export function manifestOf(example: string): Manifest {
  return JSON.parse(readFileSync(join(examples, example, 'package.json'), 'utf8')) as Manifest
}

/** The files of an example, without what its own commands may have left beside them. */
export function copyExample(example: string, folder: string): void {
  const made = ['node_modules', 'dist', '.next']
  cpSync(join(examples, example), folder, {
    recursive: true,
    filter: (path) => !made.includes(basename(path)),
  })
}

const scripts = {
  module: '<script type="module" src="/main.js"></script>',
  classic: '<script defer src="/main.js"></script>',
}

export interface AppOptions {
  script: keyof typeof scripts
  /** Further options of the client. */
  options?: object
  /** Further files, by name. */
  files?: Record<string, string>
}

/** src/ of examples/vite; a page, also in dist/ for bundlers that only write scripts; and the bundler's own files. */
export function writeApp(folder: string, { script, options = {}, files = {} }: AppOptions): void {
  cpSync(join(examples, 'vite/src'), join(folder, 'src'), { recursive: true })
  const auth = join(folder, 'src/auth.ts')
  const further = `createAuthClient({\n  ...${JSON.stringify(options)},`
  writeFileSync(auth, readFileSync(auth, 'utf8').replace('createAuthClient({', further))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  const head = '<!doctype html><title>app</title><link rel="icon" href="data:,">'
  writeFileSync(join(folder, 'index.html'), `${head}<div id="root"></div>${scripts[script]}`)
  mkdirSync(join(folder, 'dist'), { recursive: true })
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'))
}

/** What Vite does for import.meta.env, as the definitions that other bundlers take. */
export const definitions = (): Record<string, string> => ({
  'import.meta.env.VITE_ISSUER': JSON.stringify(process.env['VITE_ISSUER']),
  'import.meta.env.VITE_CLIENT_ID': JSON.stringify(process.env['VITE_CLIENT_ID']),
})
