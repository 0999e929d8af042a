import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, run } from './run.mjs'

/** @typedef {{ ok: boolean, output: string, passed?: number, failed?: number }} Outcome */

const totals = { passed: 0, failed: 0 }
const summaries = mkdtempSync(join(tmpdir(), 'evertoken-test-'))
let runs = 0

/**
 * A sentence that is true when its work succeeds. Prints it with the time it took; what the work said only when it
 * failed, except for lines that begin with "figure:".
 *
 * @param {string} sentence
 * @param {() => Promise<Outcome>} work
 */
export async function step(sentence, work) {
  const start = performance.now()
  const { ok, output, passed = 0, failed = 0 } = await work().catch(crashed)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const count = passed + failed > 0 ? `, ${passed} passed, ${failed} failed` : ''
  totals.passed += passed
  totals.failed += failed
  if (!ok && failed === 0) totals.failed += 1
  console.log(`${ok ? '✓' : '✗'} ${sentence} (${seconds} s${count})`)
  if (ok) {
    for (const [, figure] of output.matchAll(/^figure: (.+)$/gm)) console.log(`    ${figure}`)
  } else {
    console.log(output.replaceAll(/^/gm, '    '))
  }
  return ok
}

/** @param {unknown} error @returns {Outcome} */
const crashed = (error) => ({ ok: false, output: String(error) })

/**
 * One vitest run of one project. Counts come from the reporter's summary: a run that wrote none has failed.
 *
 * @param {string} project
 * @param {{ env?: Record<string, string>, args?: string[], minutes?: number, node?: string }} [options] `node`: another
 * one than this process's.
 * @returns {Promise<Outcome>}
 */
export async function vitest(project, options = {}) {
  const { env = {}, args = [], minutes = 10, node = process.execPath } = options
  const summary = join(summaries, `${++runs}.json`)
  const command = [bin('vitest'), 'run', '--project', project, ...args]
  const { ok, output: all } = await run(node, command, {
    env: { ...env, TEST_SUMMARY: summary, NO_COLOR: '1' },
    minutes,
  })
  // Of a file with a failure vitest tells every test: the ones that passed help nobody.
  const output = all.replaceAll(/^\s*✓.*\n/gm, '')
  try {
    const { passed, failed } = JSON.parse(readFileSync(summary, 'utf8'))
    return { ok: ok && failed === 0, output, passed, failed }
  } catch {
    return { ok: false, output: `${output}\nThe run ended without a summary.` }
  }
}

/** Ends the process with the last line everybody reads. */
export function finish() {
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exit(totals.failed === 0 ? 0 : 1)
}
