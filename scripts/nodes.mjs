// The Nodes that are supported, beside the one that is installed. npm brings the binaries.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'
import { step } from './steps.mjs'

const versions = ['20.19.0', '22.23.3', '24.21.0']

/**
 * Calls `work` with the version and the path of each. False where they could not be had: then it calls nothing.
 *
 * @param {(version: string, node: string) => Promise<void>} work
 */
export async function withNodes(work) {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-nodes-'))
  try {
    const packages = versions.map((version) => `node-${version}@npm:node-${platform}@${version}`)
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error']
    const here = await step(`Node ${versions.join(', ')} are here`, () =>
      run('npm', [...args, ...packages], { cwd: folder }),
    )
    for (const version of here ? versions : []) {
      await work(version, join(folder, `node_modules/node-${version}/bin/node`))
    }
    return here
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
