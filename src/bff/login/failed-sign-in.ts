import { AuthError } from '../../errors.ts'
import type { Settings } from '../check-options.ts'
import type { Emit } from '../events.ts'
import { problemResponse } from '../http/problem.ts'
import { seeOther } from '../http/responses.ts'
import { toSignInProblem } from './sign-in-problem.ts'

interface FailedSignIn {
  settings: Pick<Settings, 'origin' | 'signInErrorPath'>
  emit: Emit
}

/** Tells that a sign-in failed, on its way there or back. A person looks at it: where the application has a page for that, they go there. */
export function failedSignIn(
  { settings, emit }: FailedSignIn,
  error: unknown,
  setCookies: string[],
): Response {
  const { origin, signInErrorPath } = settings
  const problem = toSignInProblem(error)
  emit({
    ...{ type: 'sign-in-failed', code: problem.code },
    ...(error instanceof AuthError && { error: error.toJSON() }),
  })
  if (signInErrorPath !== undefined) {
    const target = new URL(signInErrorPath, origin)
    target.searchParams.set('code', problem.code)
    return seeOther(target.href, setCookies)
  }
  const response = problemResponse(problem)
  response.headers.set('referrer-policy', 'no-referrer')
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie)
  return response
}
