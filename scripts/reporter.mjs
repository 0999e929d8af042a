import { writeFileSync } from 'node:fs'

/**
 * Counts tests for scripts/test.mjs. A test that was skipped, or marked as a plan, is a test that did not pass: the
 * run fails and names it. Only under TEST_SUMMARY, so that `vitest -t one` stays usable by hand.
 */
export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} errors
   */
  onTestRunEnd(modules, errors) {
    const file = process.env['TEST_SUMMARY']
    if (file === undefined) return
    let passed = 0
    let failed = errors.length
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      // A module that could not be loaded, or holds no test, has no test that failed.
      if (tests.length === 0 || module.errors().length > 0) failed += 1
      for (const test of tests) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else failed += 1
        if (state === 'skipped' || state === 'pending') {
          console.error(`Skipped, so failed: ${module.relativeModuleId} > ${test.fullName}`)
        }
      }
    }
    writeFileSync(file, JSON.stringify({ passed, failed }))
    if (failed > 0) process.exitCode = 1
  }
}
