import { allowInsecureRequests, customFetch } from 'oauth4webapi'
import { assertSecureUrl } from './endpoint.ts'
import type { JsonObject } from './json.ts'
import { readAnswer, readCapped } from './read-answer.ts'
import type { RequestRules } from './request-rules.ts'
import { SentRequest, type RequestMessage } from './sent-request.ts'
import type { OAuthContext } from './types.ts'

const READ_DEADLINE_MS = 10_000

/** What a request function of oauth4webapi is given, so that it uses our fetch. */
export interface RequestOptions {
  [customFetch]: (url: string, message: RequestMessage) => Promise<Response>
  /** `assertSecureUrl` decides instead: the library would refuse http on localhost, or allow it everywhere. */
  [allowInsecureRequests]: true
}

/**
 * The one door to the network: oauth4webapi builds the request, this sends it and reads its answer. Whatever comes
 * back, other than success with one JSON object, is an AuthError.
 * @param build calls the request function of the library
 */
export async function requestJson(
  context: OAuthContext,
  build: (options: RequestOptions) => Promise<Response>,
  { deadlineMs = READ_DEADLINE_MS, cache = 'no-store', keepalive = false, ...rules }: RequestRules,
): Promise<JsonObject> {
  const sent = new SentRequest()
  const signal = context.deadline(deadlineMs)
  // What holds a secret goes to no other address than its own.
  const redirect = rules.isDocument ? 'follow' : 'manual'
  const options: RequestOptions = {
    [allowInsecureRequests]: true,
    async [customFetch](url, message) {
      assertSecureUrl('endpoint', url)
      sent.note(url, message)
      const init = { ...toRequestInit(message, signal), redirect, cache, keepalive } as const
      const response = await sent.orUnreachable(() => context.fetch(url, init))
      if (response.redirected) assertSecureUrl(`${url} redirects to what`, response.url, url)
      return response
    },
  }
  const exchange = async () => {
    const response = await build(options)
    const text = await sent.orUnreachable(() => readCapped(response))
    const now = context.now() + (context.offset ?? 0)
    return readAnswer({ ...rules, response, text, sent, now })
  }
  // Also for a fetch that does not mind its signal: nothing hangs.
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(sent.unreachableError(signal.reason)))
  })
  return Promise.race([exchange(), late])
}

function toRequestInit(
  { method, body, headers }: RequestMessage,
  signal: AbortSignal,
): RequestInit {
  // Not for the browser's CORS: it would ask the provider's leave for this header first.
  const { 'user-agent': _, ...rest } = headers
  return {
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal,
    method,
    ...(body && { body }),
    // A JWT is not what is asked for, also where the library would ask for one (UserInfo).
    headers: { ...rest, accept: 'application/json' },
  }
}
