import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bin, root, run } from '../../scripts/run.mjs'

export { bin, root, run }

/** A new empty folder, and how to be rid of it. */
export function scratch(name: string): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `evertoken-${name}-`))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The package as npm would publish it: the tarball and the files npm says are in it. */
export interface Packed {
  tarball: string
  files: string[]
}

export async function pack(folder: string): Promise<Packed> {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination']
  const { ok, output } = await run('npm', [...args, folder])
  if (!ok) throw new Error(output)
  // Warnings may come before the JSON.
  const [packed] = JSON.parse(output.slice(output.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ]
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) }
}

/** The installed version of one of this repository's own dependencies. */
export function versionOf(name: string): string {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** Installs into a folder, as an application of its own. */
export async function install(
  folder: string,
  dependencies: object,
  manifest: object = { private: true, type: 'module' },
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }))
  const quietly = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const { ok, output } = await run('npm', ['install', '--prefer-offline', ...quietly], {
    cwd: folder,
  })
  if (!ok) throw new Error(output)
}

/** Unpacks the tarball as `node_modules/evertoken` of a folder, with this repository's copies of what it needs. */
export async function unpackInto(
  folder: string,
  tarball: string,
  needs: string[],
): Promise<string> {
  const target = join(folder, 'node_modules/evertoken')
  mkdirSync(target, { recursive: true })
  const { ok, output } = await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'])
  if (!ok) throw new Error(output)
  for (const name of needs) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return target
}
