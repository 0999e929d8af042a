import type { Emit } from '../events.ts'
import { ProblemError, toProblem } from './problem.ts'

/** What is answered in the place of what was thrown, and told: never the error itself, where it is a mistake of ours. */
export function refusalOf(emit: Emit, route: string, error: unknown): ProblemError {
  try {
    const problem = toProblem(error)
    emit({ type: 'request-refused', route, code: problem.code })
    return problem
  } catch {
    emit({ type: 'unexpected-error', route, error })
    return new ProblemError('internal_error')
  }
}
