import { build, stale } from '../../scripts/build.mjs'

/** What is packed must be what the sources say. */
export default async function setup(): Promise<void> {
  if (!stale()) return
  const { ok, output } = await build()
  if (!ok) throw new Error(output)
}
