// Packages that tests need beside those of the repository, each set in a folder with a lockfile of its own.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.mjs'

export const REACT_18 = 'test/react-18'
export const OLDEST_QUERY = 'test/query-oldest'

/**
 * Whether what the folder's lockfile names is there, in its version. npm writes down at the end what it has installed, so
 * an install that was interrupted is none. Optional packages are each of one platform.
 *
 * @param {string} folder
 */
export function isInstalled(folder) {
  const installed = resolve(root, folder, 'node_modules/.package-lock.json')
  const found = existsSync(installed) ? packagesOf(installed) : {}
  const wanted = Object.entries(packagesOf(resolve(root, folder, 'package-lock.json')))
  return wanted.every(
    ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
  )
}

/** @param {string} folder @returns {Promise<{ ok: boolean, output: string }>} */
export const install = async (folder) =>
  isInstalled(folder)
    ? { ok: true, output: '' }
    : run('npm', ['ci'], { cwd: resolve(root, folder) })

/** @param {string} lockfile @returns {Record<string, { version?: string, optional?: boolean }>} */
const packagesOf = (lockfile) => JSON.parse(readFileSync(lockfile, 'utf8')).packages
