import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Small files that take long: several engines, many page loads, what a bundler or several compilers build. */
const LONG = [
  ...['/browser/17-lone-reload', '/browser/14-other-engines', '/playground/', '/browser/15-bff'],
  ...['/browser/19-relay-attacks', '/browser/13-strict-csp', '/package/types', '/package/next'],
]

/**
 * Vitest starts first what took longest the last time; in a new checkout, the largest file. The last of the long ones would
 * be waited for alone.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.includes(`/test${name}`))
      return at === -1 ? LONG.length : at
    }
    return sorted.sort((one, other) => rank(one) - rank(other))
  }
}
