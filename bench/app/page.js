/** Where the provider of this run is; given by the build. */
export const issuer = /** @type {any} */ (import.meta).env.VITE_ISSUER

/** Where the protected resource of this run is. */
export const api = /** @type {any} */ (import.meta).env.VITE_API

/**
 * Says when there is a token: milliseconds since the navigation began.
 *
 * @param {string} token
 * @param {string | undefined} holder
 */
export function ready(token, holder) {
  Object.assign(window, { measured: { at: performance.now(), token, holder } })
}

/**
 * Nobody clicks in a measurement.
 *
 * @param {() => Promise<unknown>} signIn
 */
export function hurry(signIn) {
  Object.assign(window, { signIn })
}
