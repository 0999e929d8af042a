import { MAX_PIECES, PIECE_LENGTH } from '../http/cookie-pieces.ts'
import { assertNames } from '../check-names.ts'
import { assertStore } from './check-store.ts'
import type { SessionStore } from './session-store.ts'

/** Options of `sealedCookies`. */
export interface SealedCookiesOptions {
  /**
   * A store that all instances share. It has no sessions, only what has ended before its time, and for ten minutes what a
   * refresh was answered. Without it a cookie that was copied before a sign-out opens the session until it is over, the
   * provider cannot end sessions, and instances do not know of each other's refreshes.
   */
  denyList?: SessionStore | undefined
  /** Bytes of a `Cookie` header that a session may take. Default 7,168: many servers take 8 KiB of headers. */
  maxBytes?: number | undefined
}

/** Sessions in the cookies themselves, in the place of a store. */
export interface SealedCookies {
  readonly kind: 'sealed-cookies'
  readonly denyList: SessionStore | undefined
  readonly maxBytes: number
}

const MIN_BYTES = 1_024
const MAX_BYTES = MAX_PIECES * PIECE_LENGTH

/**
 * No store: each browser has its own session, sealed, in its cookies. Pages renew it, one tab at a time.
 * @throws TypeError that names the option
 */
export function sealedCookies(options: SealedCookiesOptions = {}): SealedCookies {
  assertNames('sealedCookies: ', options, { denyList: true, maxBytes: true })
  const { denyList, maxBytes = 7_168 } = options
  if ('get' in options) throw new TypeError('sealedCookies: give the store as `denyList`')
  if (!Number.isSafeInteger(maxBytes) || maxBytes < MIN_BYTES || maxBytes > MAX_BYTES) {
    throw new TypeError(`sealedCookies: maxBytes must be ${MIN_BYTES} to ${MAX_BYTES}`)
  }
  if (denyList !== undefined) assertStore('sealedCookies: denyList', denyList)
  return { kind: 'sealed-cookies', denyList, maxBytes }
}

export function isInCookies(
  store: SessionStore | SealedCookies | undefined,
): store is SealedCookies {
  return Object(store).kind === 'sealed-cookies'
}
