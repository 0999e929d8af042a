import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The version of an installed Debian package, without what Debian appends to it. */
export function debianVersion(name: string): string {
  const version = execFileSync('dpkg-query', ['--show', '--showformat=${Version}', name])
  return version.toString().replace(/^\d+:|[-+].*$/g, '')
}

/** The version of an npm package that is installed in a folder. */
export function npmVersion(folder: string, name: string): string {
  const manifest = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
