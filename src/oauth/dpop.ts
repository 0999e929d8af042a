import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  isDPoPNonceError,
  protectedResourceRequest,
  type DPoPHandle,
} from 'oauth4webapi'
import { parseObject } from './json.ts'
import { readCapped } from './read-answer.ts'
import type { ProofOfPossession } from './relying-party.ts'
import type { RequestOptions } from './request-json.ts'

/** A request to a protected resource, as far as a proof speaks of it. */
export interface ProvenRequest {
  method: string
  url: URL
}

/**
 * The key that access tokens are bound to (RFC 9449). A proof is made for each try, and the nonces that each origin gives are
 * kept (§8, §9): oauth4webapi does both. This file is no part of what browsers load.
 */
export class Dpop implements ProofOfPossession {
  readonly tokenType = 'DPoP'
  readonly #handle: DPoPHandle

  constructor(keys: CryptoKeyPair) {
    this.#handle = DPoP({}, keys)
  }

  /** `dpop_jkt`: the code is for who has the key (§10). */
  thumbprint(): Promise<string> {
    return this.#handle.calculateThumbprint()
  }

  /** Once more where the provider wants a nonce (§8): nothing was spent, and the nonce is known from its answer. */
  proven(build: (options: RequestOptions) => Promise<Response>) {
    return async (options: RequestOptions): Promise<Response> => {
      const withProof = { ...options, DPoP: this.#handle }
      const response = await build(withProof)
      if (!(await wantsNonce(response))) return response
      response.body?.cancel().catch(() => {})
      return build(withProof)
    }
  }

  /**
   * Sends an access token with a proof (§7.1).
   * @param call makes the request with these headers
   * @returns its answer, and whether it asks for a nonce, which is known from then on (§9)
   */
  async present(
    accessToken: string,
    { method, url }: ProvenRequest,
    call: (headers: Record<string, string>) => Promise<Response>,
  ): Promise<{ response: Response; wantsNonce: boolean }> {
    let response: Response | undefined
    const options = {
      DPoP: this.#handle,
      // Which upstreams may be http is decided at the start.
      [allowInsecureRequests]: true as const,
      [customFetch]: async (_: string, { headers }: { headers: Record<string, string> }) => {
        const { authorization = '', dpop = '' } = headers
        response = await call({ authorization, dpop })
        return response
      },
    }
    try {
      await protectedResourceRequest(accessToken, method, url, new Headers(), null, options)
      return { response: response!, wantsNonce: false }
    } catch (error) {
      // The library throws what a challenge says; the answer is passed on as it is.
      if (!response) throw error
      return { response, wantsNonce: isDPoPNonceError(error) }
    }
  }
}

/** In the body at the token endpoint (§8), in a header at a protected resource, as UserInfo is one (§9). */
async function wantsNonce(response: Response): Promise<boolean> {
  const { status, headers } = response
  if ((status !== 400 && status !== 401) || !headers.has('dpop-nonce')) return false
  if (/\buse_dpop_nonce\b/.test(headers.get('www-authenticate') ?? '')) return true
  return parseObject(await readCapped(response.clone()))?.['error'] === 'use_dpop_nonce'
}
