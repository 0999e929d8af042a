// Applications of one run that need the same packages share one install: theirs are hard links to its files.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { install, run, type Packed } from './pack.ts'

export async function installShared(
  { tarball }: Packed,
  folder: string,
  dependencies: object,
  manifest: Record<string, unknown>,
): Promise<void> {
  const needs = JSON.stringify([dependencies, manifest['devDependencies']])
  const name = createHash('sha256').update(needs).digest('hex').slice(0, 16)
  // It goes with the tarball, when all tests are over.
  const shared = join(dirname(tarball), name)
  while (!existsSync(join(shared, 'installed'))) {
    if (isFirst(shared)) await installFirst(shared, dependencies, manifest)
    else await sleep(200)
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, dependencies }))
  const { ok, output } = await run('cp', ['-al', join(shared, 'node_modules'), folder])
  if (!ok) throw new Error(output)
}

/** Files of tests run beside each other: one of them makes the folder. */
function isFirst(shared: string): boolean {
  try {
    mkdirSync(shared)
    return true
  } catch {
    return false
  }
}

async function installFirst(shared: string, dependencies: object, manifest: object): Promise<void> {
  try {
    await install(shared, dependencies, manifest)
    writeFileSync(join(shared, 'installed'), '')
  } catch (error) {
    // The next one tries again, and says what is wrong.
    rmSync(shared, { recursive: true, force: true })
    throw error
  }
}
