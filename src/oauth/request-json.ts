import { allowInsecureRequests, customFetch } from 'oauth4webapi'
import type { AuthErrorCode } from '../errors.ts'
import { assertSecureUrl } from './endpoint.ts'
import type { JsonObject } from './json.ts'
import { readAnswer, readCapped } from './read-answer.ts'
import { SentRequest, type RequestMessage } from './sent-request.ts'
import type { OAuthContext } from './types.ts'

const TIME_CAP_MS = 10_000

/** What a request function of oauth4webapi is given, so that it uses our fetch. */
export interface RequestOptions {
  [customFetch]: (url: string, message: RequestMessage) => Promise<Response>
  /** `assertSecureUrl` decides instead: the library would refuse http on localhost, or allow it everywhere. */
  [allowInsecureRequests]: true
}

/**
 * The one door to the network: oauth4webapi builds the request, this sends it and reads its answer. Whatever comes
 * back, other than one JSON object with status 200, is an AuthError.
 * @param refusal the code of a 4xx other than 408 and 429
 * @param build calls the request function of the library
 * @param init what the library does not say of a request
 */
export async function requestJson(
  context: OAuthContext,
  refusal: AuthErrorCode,
  build: (options: RequestOptions) => Promise<Response>,
  init: Pick<RequestInit, 'cache' | 'keepalive'> = {},
): Promise<JsonObject> {
  const sent = new SentRequest()
  const signal = context.deadline(TIME_CAP_MS)
  const options: RequestOptions = {
    [allowInsecureRequests]: true,
    async [customFetch](url, message) {
      assertSecureUrl('endpoint', url)
      sent.note(url, message)
      return sent.orUnreachable(() =>
        context.fetch(url, { ...toRequestInit(message, signal), ...init }),
      )
    },
  }
  const exchange = async () => {
    const response = await build(options)
    const text = await sent.orUnreachable(() => readCapped(response))
    const now = context.now() + (context.offset ?? 0)
    return readAnswer({ response, text, sent, refusal, now })
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
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'manual',
    referrerPolicy: 'no-referrer',
    signal,
    method,
    ...(body && { body }),
    // A JWT is not what is asked for, also where the library would take one (UserInfo).
    headers: { ...rest, accept: 'application/json' },
  }
}
