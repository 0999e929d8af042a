import { expect } from 'vitest'
import type { BffOptions } from '../../src/bff/options.ts'
import { sealedCookies } from '../../src/bff/sessions/sealed-cookies.ts'
import type { SignedInAnswer } from '../../src/bff-protocol.ts'
import type { TestProvider } from '../../src/testing/provider/test-provider.ts'
import { ORIGIN, problemOf, setUp, type Browser, type SetupOptions } from './setup.ts'

/** What the cookies of a session begin with. */
export const PIECE = '__Host-Http-app.'

/** A backend whose sessions are in cookies. Access tokens live for five minutes. */
export async function inCookies(options: Partial<BffOptions> = {}, given: SetupOptions = {}) {
  const setup = await setUp({
    ...given,
    provider: { expiresIn: 300, ...given.provider },
    options: { store: sealedCookies(), mediated: [{}], ...options },
  })
  const refreshes = () =>
    setup.provider
      .requests('token')
      .filter(({ parameters }) => parameters.get('grant_type') === 'refresh_token').length
  return { ...setup, refreshes }
}

export async function signedIn(options: Partial<BffOptions> = {}, given: SetupOptions = {}) {
  const setup = await inCookies(options, given)
  const user = setup.browser()
  await user.signIn()
  return { ...setup, user }
}

export const pieces = ({ jar }: Browser) => [...jar].filter(([name]) => name.startsWith(PIECE))
export const answer = async (user: Browser) => (await user.sessionAnswer()) as SignedInAnswer
export const renew = async (user: Browser) => {
  const response = await user.post('/bff/refresh')
  return response.status === 200
    ? ((await response.json()) as SignedInAnswer)
    : await problemOf(response)
}
export const codeOf = async (response: Response) => (await problemOf(response)).code
export const withCookie = async (user: Browser, cookie: string) =>
  await (await user.call('/bff/session?slide=false', { headers: { cookie } })).json()

/** The provider acts on the next token request. @returns lets its answer through */
export function heldAnswer(provider: TestProvider): () => void {
  let arrive = () => {}
  // Made now: it may be let through before the provider has acted.
  const mayArrive = new Promise<void>((resolve) => (arrive = resolve))
  provider.next('token', async (act) => {
    const response = await act()
    await mayArrive
    return response
  })
  return arrive
}

/** A page renews with the cookie that it has, and the provider has acted. @returns lets its answer through */
export async function renewalUnderWay({
  user,
  provider,
  bff,
}: Pick<Awaited<ReturnType<typeof signedIn>>, 'user' | 'provider' | 'bff'>) {
  const arrive = heldAnswer(provider)
  const headers = { 'x-csrf': '1', cookie: user.cookie }
  const late = bff.handle(new Request(`${ORIGIN}/bff/refresh`, { method: 'POST', headers }))
  await expect.poll(() => provider.requests('token').length).toBe(2)
  return async () => {
    arrive()
    return (await late)!
  }
}
