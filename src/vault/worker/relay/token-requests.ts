import { readCapped } from '../../../oauth/read-answer.ts'
import type { VaultEnvironment } from '../../environment.ts'
import type { TokenAnswerMessage, TokenRequestMessage } from './protocol.ts'

/**
 * The last token request of one vault. The provider acted on it, perhaps, and the worker that asked is gone: the next
 * one refreshes with the same refresh token, and is given that answer instead of a second request (RFC 9700 §4.14.2).
 */
export class AnswerOnce {
  #request: string | undefined
  #asker: string | undefined
  #answer: Promise<TokenAnswerMessage> | undefined
  #isDone = false

  /** @param asker gets what another one asked for, once: when it asks again itself, that is a new try */
  get(
    { url, init }: TokenRequestMessage,
    asker: string,
    send: () => Promise<TokenAnswerMessage>,
  ): Promise<TokenAnswerMessage> {
    const request = JSON.stringify([url, init.body])
    const isHeard = this.#isDone && this.#asker === asker
    if (!this.#answer || this.#request !== request || isHeard) {
      this.#request = request
      this.#isDone = false
      const answer = send()
      this.#answer = answer
      void answer.then(() => {
        if (this.#answer === answer) this.#isDone = true
      })
    }
    this.#asker = asker
    return this.#answer
  }
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
    return { failed: error instanceof Error ? error.message : 'no answer' }
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

/** @throws TypeError as `fetch` does, where there is no answer */
export function toResponse(answer: TokenAnswerMessage | undefined): Response {
  if (!answer || 'failed' in answer) throw new TypeError(answer?.failed ?? 'no answer')
  const { status, headers, text } = answer
  // An opaque redirect: it says nothing else, and no response can be made with its status.
  if (status === 0) return Response.error()
  return new Response(text || null, { status, headers })
}
