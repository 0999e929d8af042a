import type { TestProject } from 'vitest/node'
import { build, stale } from '../../scripts/build.mjs'
import { pack, scratch, type Packed } from './pack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed
  }
}

/** What is packed must be what the sources say; packed once, for all files. */
export default async function setup(project: TestProject): Promise<() => void> {
  if (stale()) {
    const { ok, output } = await build()
    if (!ok) throw new Error(output)
  }
  const { folder, remove } = scratch('packed')
  project.provide('packed', await pack(folder))
  return remove
}
