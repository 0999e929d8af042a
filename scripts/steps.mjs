import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, run } from './run.mjs'

/** @typedef {{ ok: boolean, output: string, passed?: number, failed?: number }} Outcome */

const totals = { passed: 0, failed: 0 }

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
  // A command without tests, or one that failed beside its tests, counts as one failure.
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
 * One of package.json's scripts.
 *
 * @param {string} name
 */
export const npmScript = (name) => run('npm', ['run', '--silent', name])

/**
 * One vitest run. A test that did not pass has failed: also one that was skipped, planned, or left out by `.only`. What
 * passed at the second try (vitest.config.ts says where there is one) is printed.
 *
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, minutes?: number, node?: string }} [options] `node`: another one than this
 * process's.
 * @returns {Promise<Outcome>}
 */
export async function vitest(args, { env = {}, minutes = 30, node = process.execPath } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const { ok, output } = await run(node, [bin('vitest'), 'run', ...reporters, ...args], {
      env: { ...env, NO_COLOR: '1' },
      minutes,
    })
    const { passed, failed, problems } = countTests(report)
    // Of a file with a failure vitest lists every test, also the ones that passed.
    const said = output.replaceAll(/^(\s*✓.*|JSON report written.*)$\n?/gm, '').trim()
    return { ok: ok && failed === 0, output: [said, ...problems].join('\n'), passed, failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {string} report */
function countTests(report) {
  /** @type {import('vitest/reporters').JsonTestResults} */
  let run
  try {
    run = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, problems: ['The run ended without a report.'] }
  }
  const { numPassedTests: passed, numTotalTests, testResults } = run
  const tests = testResults.flatMap((file) => file.assertionResults)
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  // A file that could not be loaded, or holds no test, has no test that failed.
  const empty = testResults.filter((file) => file.assertionResults.length === 0)
  const again = tests.filter((test) => test.status === 'passed' && test.failureMessages?.length)
  const problems = [
    ...skipped.map(({ fullName }) => `Skipped, so failed: ${fullName}`),
    ...again.map(
      ({ fullName, failureMessages }) =>
        `figure: passed at the second try: ${fullName}. The first: ${failureMessages?.[0]?.split('\n')[0]}`,
    ),
  ]
  return { passed, failed: numTotalTests - passed + empty.length, problems }
}

/** Ends the process with the totals as the last line. */
export function finish() {
  console.log(`${totals.passed} passed, ${totals.failed} failed`)
  process.exit(totals.failed === 0 ? 0 : 1)
}
