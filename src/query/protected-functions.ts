import type { AuthClient } from '../core.ts'
import { ResponseError } from './response-error.ts'
import { whileSignedIn } from './while-signed-in.ts'

type Calling = Pick<AuthClient<unknown>, 'fetch' | 'getSession' | 'subscribe'>

/** A call: its URL, and what `fetch` takes beside it. */
export type ProtectedCall = string | URL | readonly [url: string | URL, init?: RequestInit]

/**
 * A query function: `auth.fetch`, JSON, and a `ResponseError` for what is no success. In a session that has expired it
 * waits for the same user to sign in again.
 * @example useQuery({ queryKey: ['orders'], queryFn: protectedQueryFn(auth, '/api/orders') })
 */
export function protectedQueryFn<Data = unknown, PageParam = unknown>(
  auth: Calling,
  call: ProtectedCall | ((context: { pageParam?: PageParam }) => ProtectedCall),
): (context: { signal: AbortSignal; pageParam?: PageParam }) => Promise<Data> {
  return (context) => {
    const [url, init] = partsOf(typeof call === 'function' ? call(context) : call)
    const { signal } = context
    return whileSignedIn(auth, signal, () => readJson<Data>(auth.fetch(url, { ...init, signal })))
  }
}

/** What a mutation does in a session that has expired. */
export interface ProtectedMutationOptions {
  /** In a session that has expired: 'wait' for the same user to be back, or 'fail' with `session_expired`. Default 'wait'. */
  onExpired?: 'wait' | 'fail' | undefined
}

/**
 * The same for a mutation: in a session that has expired it waits, and goes on when the same user is back, or fails.
 * @example useMutation({ mutationFn: protectedMutationFn(auth, (order: Order) => ['/api/orders', { method: 'POST', body: JSON.stringify(order) }]) })
 */
export function protectedMutationFn<Variables, Data = unknown>(
  auth: Calling,
  call: (variables: Variables) => ProtectedCall,
  { onExpired = 'wait' }: ProtectedMutationOptions = {},
): (variables: Variables) => Promise<Data> {
  return (variables) => {
    const [url, init] = partsOf(call(variables))
    const send = () => readJson<Data>(auth.fetch(url, init))
    return onExpired === 'fail' ? send() : whileSignedIn(auth, undefined, send)
  }
}

function partsOf(call: ProtectedCall): readonly [url: string | URL, init?: RequestInit] {
  return typeof call === 'string' || call instanceof URL ? [call] : call
}

async function readJson<Data>(answer: Promise<Response>): Promise<Data> {
  const response = await answer
  if (!response.ok) throw new ResponseError(response)
  const text = await response.text()
  // Query refuses undefined: an answer without a body is null.
  return (text ? JSON.parse(text) : null) as Data
}
