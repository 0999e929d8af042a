import { parseObject } from '../../../oauth/json.ts'
import { readCapped } from '../../../oauth/read-answer.ts'
import { readRefreshToken } from '../../../oauth/token-response.ts'
import type { VaultEnvironment } from '../../environment.ts'
import type { TokenAnswerMessage, TokenRequestMessage } from './protocol.ts'

const NO_ANSWER = new TypeError('the relay did not answer')

/**
 * The refreshes of one family since its last copy. The provider acted on one, perhaps, and the worker that asked is gone:
 * the next one refreshes with the refresh token of the copy. What is sent then is the one that came in the answer: none is
 * ever sent twice (RFC 9700 §4.14.2). The access token of that answer is not handed on: nobody knows how old it is.
 */
export class TokenRequests {
  readonly #send: (request: TokenRequestMessage) => Promise<TokenAnswerMessage>
  /** One after another, as the vault itself does. Never fails. */
  #turn: Promise<unknown> = Promise.resolve()
  readonly #sent = new Set<string>()
  /** What the provider gave for one of those that were sent. */
  #newest: string | undefined

  /** @param send never fails */
  constructor(send: (request: TokenRequestMessage) => Promise<TokenAnswerMessage>) {
    this.#send = send
  }

  send(request: TokenRequestMessage): Promise<TokenAnswerMessage> {
    const answer = this.#turn.then(() => this.#next(request))
    this.#turn = answer
    return answer
  }

  async #next({ url, init }: TokenRequestMessage): Promise<TokenAnswerMessage> {
    const body = new URLSearchParams(init.body)
    const isSpent = this.#sent.has(body.get('refresh_token') ?? '')
    if (isSpent && this.#newest !== undefined) body.set('refresh_token', this.#newest)
    this.#sent.add(body.get('refresh_token') ?? '')
    const answer = await this.#send({ url, init: { ...init, body: body.toString() } })
    this.#newest = refreshTokenOf(answer) ?? this.#newest
    return answer
  }
}

/** Undefined where there is none: the one that was sent lives on (RFC 6749 §6). */
function refreshTokenOf(answer: TokenAnswerMessage): string | undefined {
  return 'text' in answer ? readRefreshToken(parseObject(answer.text)) : undefined
}

/** Never fails: that there is no answer is one. */
export async function sendTokenRequest(
  fetch: VaultEnvironment['fetch'],
  { url, init }: TokenRequestMessage,
  signal: AbortSignal,
): Promise<TokenAnswerMessage> {
  try {
    const response = await fetch(url, { ...init, signal })
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
  const headers = Object.fromEntries(new Headers(init.headers))
  // What `fetch` itself says of such a body.
  headers['content-type'] ??= 'application/x-www-form-urlencoded;charset=UTF-8'
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
