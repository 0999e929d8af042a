import { refusesToken } from '../../oauth/challenge.ts'
import type { Dpop, ProvenRequest } from '../../oauth/dpop.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import type { Background } from '../background.ts'
import { toWebResponse, type UpstreamAnswer } from '../http/exchange.ts'
import type { StoredToken } from '../sessions/session-contents.ts'
import type { LiveSession } from '../sessions/sessions.ts'
import type { Tokens } from '../tokens/tokens.ts'

interface PresentedParts {
  tokens: Tokens
  dpop: Dpop | undefined
}

interface Needed {
  session: LiveSession
  need: NormalNeed
  background: Background
}

/** @throws AuthError, ProblemError where the session has no access token for the need */
export async function presentToken(parts: PresentedParts, needed: Needed): Promise<PresentedToken> {
  const { session, need, background } = needed
  const found = await parts.tokens.getToken(session, { ...need, minValidity: 0 }, background)
  return new PresentedToken(parts, { ...needed, session: found.session }, found.token)
}

/** An access token on its way to a protected resource, and what can be done where that refuses it. */
export class PresentedToken {
  readonly #parts: PresentedParts
  readonly #needed: Needed
  #token: StoredToken
  #wantsNonce = false
  #hasRenewed = false
  #hasNonce = false

  constructor(parts: PresentedParts, needed: Needed, token: StoredToken) {
    this.#parts = parts
    this.#needed = needed
    this.#token = token
  }

  /** Whether the last answer asked for a nonce of a proof (RFC 9449 §9). */
  get wantsNonce(): boolean {
    return this.#wantsNonce
  }

  /** As a Bearer token (RFC 6750 §2.1), or with a proof that is made for this try (RFC 9449 §7.1). */
  async send(
    request: ProvenRequest,
    call: (headers: Record<string, string>) => Promise<UpstreamAnswer>,
  ): Promise<UpstreamAnswer> {
    const { accessToken, tokenType } = this.#token
    const { dpop } = this.#parts
    // One from before the backend had a key is a Bearer token still.
    if (!dpop || tokenType.toLowerCase() !== 'dpop') {
      return call({ authorization: `Bearer ${accessToken}` })
    }
    const { response, wantsNonce } = await dpop.present(accessToken, request, async (headers) =>
      toWebResponse(await call(headers)),
    )
    this.#wantsNonce = wantsNonce
    return response
  }

  /**
   * After a 401 does what the answer asks for, each once: the nonce is known by now; a newer token, where the old one was
   * revoked, or the upstream's clock is another.
   * @returns whether the same request may be answered otherwise now
   */
  async mended(answer: UpstreamAnswer): Promise<boolean> {
    if (answer.status !== 401) return false
    if (this.#wantsNonce) {
      const isFirst = !this.#hasNonce
      this.#hasNonce = true
      return isFirst
    }
    // More scope, or another authentication, is for the user to give.
    if (this.#hasRenewed || !refusesToken(answer)) return false
    this.#hasRenewed = true
    const { session, need, background } = this.#needed
    const { accessToken, generation } = this.#token
    try {
      const newer = { ...need, minValidity: 0, after: generation }
      const { token } = await this.#parts.tokens.getToken(session, newer, background)
      this.#token = token
      return token.accessToken !== accessToken
    } catch {
      // What the upstream said is the answer.
      return false
    }
  }
}
