import { auth } from './auth.ts'
import { backend } from './place.ts'

/** What the backend answered, when that was no success. */
export class BackendError extends Error {
  readonly code: string
  readonly status: number

  constructor(status: number, code: string) {
    super(`The backend answered ${status} ${code}.`)
    this.status = status
    this.code = code
  }
}

/** A call through the backend: the cookie goes with it, and this header, which no page of another site can send. */
export async function callBackend(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'x-csrf': '1' }
  const response = await fetch(`${backend}${path}`, { ...init, headers })
  if (response.ok) return response
  const problem = (await response.json().catch(() => ({}))) as { code?: string }
  // The session may be over, and the client has not asked since.
  if (response.status === 401) await auth.getUserInfo().catch(() => {})
  throw new BackendError(response.status, problem.code ?? '')
}
