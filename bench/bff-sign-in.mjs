import { ORIGIN } from './bff-options.mjs'

/**
 * One person signs in at a backend, by its handler.
 *
 * @param {import('../src/bff/create-bff.ts').Bff} bff
 * @param {import('../src/testing/provider/test-provider.ts').TestProvider} provider
 * @returns {Promise<string>} the session's cookie
 */
export async function signInAt(bff, provider) {
  const login = await bff.handle(new Request(`${ORIGIN}/bff/login`))
  const location = login?.headers.get('location') ?? ''
  const transaction = login?.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const url = `${ORIGIN}/bff/callback${provider.authorize(location)}`
  const back = await bff.handle(new Request(url, { headers: { cookie: transaction } }))
  const cookie = back?.headers.getSetCookie()[0]?.split(';')[0]
  if (back?.status !== 303 || !cookie) throw new Error(`Not signed in: ${await back?.text()}`)
  return cookie
}
