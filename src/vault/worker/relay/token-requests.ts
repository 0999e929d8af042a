import { parseObject } from '../../../oauth/json.ts'
import { readCapped } from '../../../oauth/read-answer.ts'
import { TOKEN_REQUEST_DEADLINE_MS } from '../../../oauth/token-request.ts'
import { readRefreshToken } from '../../../oauth/token-response.ts'
import { BoundedMap } from '../../bounded-map.ts'
import type { VaultEnvironment } from '../../environment.ts'
import type { SendRequest, TokenAnswerMessage, TokenRequestMessage } from './protocol.ts'

/** What a relay takes from its thread. */
export type RelayEnvironment = Pick<
  VaultEnvironment,
  'fetch' | 'deadline' | 'now' | 'monotonic' | 'channel'
>

const NO_ANSWER = new TypeError('no answer')

/** So many refresh tokens are known, of those that were named last: who has another one is gone. */
const MAX_KNOWN = 10

/**
 * The refreshes of one family, one after another. The provider acted on one, perhaps, and the worker that asked is gone:
 * the next one refreshes with the refresh token of the copy. What is sent is always the newest, which came in the answer:
 * none that was answered is sent twice (RFC 9700 §4.14.2). The access token of that answer is not handed on: nobody knows
 * how old it is.
 */
export class TokenRequests {
  readonly #env: RelayEnvironment
  /** One after another, as the vault itself does. Never fails. */
  #turn: Promise<unknown> = Promise.resolve()
  readonly #known = new BoundedMap<true>(MAX_KNOWN)
  #newest: string | undefined

  /** @param refreshToken of the copy. Default: none is known, and a request is sent as it is */
  constructor(env: RelayEnvironment, refreshToken?: string) {
    this.#env = env
    this.#learn(refreshToken)
  }

  /**
   * Whether it is not one that a worker got past this thread. The one of the copy is named before each request, and so
   * stays known, however many answers no worker hears.
   */
  recognize(refreshToken = ''): boolean {
    const isKnown = this.#known.has(refreshToken)
    if (isKnown) this.#known.set(refreshToken, true)
    return isKnown
  }

  send(request: SendRequest): Promise<TokenAnswerMessage> {
    const answer = this.#turn.then(() => this.#next(request))
    this.#turn = answer
    return answer
  }

  async #next({ init, ...request }: SendRequest): Promise<TokenAnswerMessage> {
    const body = new URLSearchParams(init.body)
    if (this.#newest !== undefined) body.set('refresh_token', this.#newest)
    const sent = { ...request, init: { ...init, body: body.toString() } }
    const answer = await sendTokenRequest(this.#env, sent)
    if ('text' in answer) this.#learn(readRefreshToken(parseObject(answer.text)))
    return answer
  }

  /** @param refreshToken undefined where the answer has none: the one that was sent lives on (RFC 6749 §6) */
  #learn(refreshToken: string | undefined): void {
    if (refreshToken === undefined) return
    this.#newest = refreshToken
    this.#known.set(refreshToken, true)
  }
}

/**
 * Never fails: that there is no answer is one. What waited here longer than its worker does is not sent: that worker sent
 * another one, perhaps.
 */
async function sendTokenRequest(
  { fetch, deadline, now }: RelayEnvironment,
  { url, init, askedAt }: SendRequest,
): Promise<TokenAnswerMessage> {
  try {
    if (now() - askedAt > TOKEN_REQUEST_DEADLINE_MS) throw NO_ANSWER
    const response = await fetch(url, { ...init, signal: deadline(TOKEN_REQUEST_DEADLINE_MS) })
    const text = await readCapped(response)
    return { status: response.status, headers: [...response.headers], text }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : NO_ANSWER
    return { failed: { name, message } }
  }
}

/** For the other thread. @param body of the request */
export function toMessage(
  url: string,
  { body: _, signal: __, ...init }: RequestInit,
  body: URLSearchParams,
): TokenRequestMessage {
  // Plain data as it is, with the content type that `fetch` itself would say of such a body.
  const headers = init.headers as Record<string, string>
  return { url, init: { ...init, headers, body: body.toString() } }
}

/** @throws Error as `fetch` does, where there is no answer */
export function toResponse(answer: TokenAnswerMessage | undefined): Response {
  if (!answer) throw NO_ANSWER
  if ('failed' in answer) throw Object.assign(new Error(), answer.failed)
  const { status, headers, text } = answer
  // An opaque redirect: it says nothing else, and no response can be made with its status.
  if (status === 0) return Response.error()
  return new Response(text || null, { status, headers })
}
