import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { buildApp } from '../browser/harness/app-build.ts'
import { patience } from '../browser/harness/patience.ts'
import { startSite, type Site } from '../browser/harness/site.ts'
import { startFront, type Front } from './front.ts'
import type { Rig, Running } from './rig.ts'

/** What runs while the tests of one provider do. */
export interface Stage {
  readonly site: Site
  readonly front: Front
  readonly issuer: string
}

/** Starts the application and a provider before the tests of the suite that calls it, and ends them afterwards. */
export function setStage(rig: Rig): Stage {
  let folder: string | undefined
  let site: Site
  let front: Front
  let provider: Running

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evertoken-interop-'))
    site = await startSite({ dir: await buildApp(), clock: false })
    site.firstScripts.push(patience)
    front = await startFront()
    provider = await rig.start({ folder, front, app: `${site.url}/` })
  })
  afterAll(async () => {
    await provider?.close()
    await front?.close()
    await site?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })
  return {
    get site() {
      return site
    },
    get front() {
      return front
    },
    get issuer() {
      return provider.issuer
    },
  }
}
