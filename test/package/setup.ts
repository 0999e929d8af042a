import type { TestProject } from 'vitest/node'
import { npmScript } from '../../scripts/steps.mjs'
import { pack, scratch, type Packed } from './pack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed
  }
}

/** What is packed must be what the sources say; packed once, for all files. */
export default async function setup(project: TestProject): Promise<() => void> {
  // `npm test` has just built, and serves browsers from it.
  if (process.env['BUILT'] !== '1') {
    const { ok, output } = await npmScript('build')
    if (!ok) throw new Error(output)
  }
  const { folder, remove } = scratch('packed')
  project.provide('packed', await pack(folder))
  return remove
}
