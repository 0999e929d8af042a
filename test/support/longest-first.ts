import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Vitest starts first what took longest the last time; in a new checkout, the largest file. The playground's are not, and
 * the last of them would be waited for alone.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/playground/')
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
