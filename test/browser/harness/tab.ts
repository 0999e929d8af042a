import type { Page } from 'playwright-core'
import type { StandInProvider } from '../../../demo/provider/index.ts'
import type { Seen } from '../../app/options.ts'
import type { Tab } from './engine.ts'

/** A tab of any engine, or a frame. */
type Scripted = Pick<Tab, 'evaluate'>

export const status = (page: Scripted): Promise<string> =>
  page.evaluate(() => window.auth.getSession().status)

/** Milliseconds between two looks at a value: the longer it takes, the less is one late. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 100

/** Waits until a value is as wanted, for as long as `expect.poll` does, which concurrent tests cannot share. */
export async function until<T>(
  read: () => T | Promise<T>,
  enough: (value: T) => boolean,
  what: string,
  ms = 120_000,
): Promise<T> {
  const end = Date.now() + ms
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const value = await read()
    if (enough(value)) return value
    if (Date.now() > end) throw new Error(`Waited ${ms} ms for ${what}: still ${String(value)}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Waits for a status, over any navigations in between. */
export async function waitForStatus(page: Scripted, wanted: string, ms?: number): Promise<void> {
  const read = () =>
    page.evaluate(() => window.auth?.getSession().status as string).catch(() => 'navigating')
  await until(read, (now) => now === wanted, wanted, ms)
}

/** Begins a sign-in as a person's click would, so that it is not counted as automatic. */
export async function beginSignIn(page: Scripted, user = 'alice'): Promise<void> {
  await page
    .evaluate((loginHint) => {
      void window.auth.signIn({ loginHint, automatic: false }).catch(() => {})
    }, user)
    .catch(() => {})
}

export async function signIn(page: Scripted, user = 'alice'): Promise<void> {
  await anew(page, () => beginSignIn(page, user))
  await waitForStatus(page, 'signed-in')
}

/** Does what loads the application anew, and waits for it: what the page of before said is true until that is gone. */
export const anew = (page: Scripted, leave: () => Promise<unknown>): Promise<void> =>
  anotherDocument(() => loadedAt(page), leave, 'the application')

/** @param documentOf names the document: another number at each load, 0 while it is not the one that is waited for */
export async function anotherDocument(
  documentOf: () => Promise<number>,
  leave: () => Promise<unknown>,
  what: string,
): Promise<void> {
  const before = await until(documentOf, Boolean, what)
  await leave()
  await until(documentOf, (now) => now !== before && now !== 0, `${what} to be loaded anew`)
}

/** Identifies the document: the number changes with each load. */
export const loadedAt = (page: Scripted): Promise<number> =>
  page.evaluate(() => (window.auth ? performance.timeOrigin : 0)).catch(() => 0)

export interface TokenOptions {
  minValidity?: number
  forceRefresh?: boolean
  resource?: string
}

export const token = (page: Scripted, options: TokenOptions = {}): Promise<string> =>
  page.evaluate((asked) => window.auth.getAccessToken(asked), options)

/** Gives a token or the code of the error, because an error loses its code on the way out of the page. */
export const tokenOrCode = (page: Scripted, options: TokenOptions = {}): Promise<string> =>
  page.evaluate(
    (asked) =>
      window.auth.getAccessToken(asked).catch((error: { code?: string }) => `error: ${error.code}`),
    options,
  )

export const sessionLog = (page: Scripted): Promise<Seen[]> =>
  page.evaluate(() => window.sessionLog)

/** `page.url()` of any engine. */
export const address = (page: Scripted) => page.evaluate(() => location.href)

export const diagnostics = (page: Scripted) => page.evaluate(() => window.auth.diagnostics())

/** Whether the provider takes this token now. */
export async function accepted(issuer: string, accessToken: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${accessToken}` }
  return (await fetch(`${issuer}/me`, { headers })).ok
}

/**
 * Waits until the last access token has expired for the client and for the provider; a refresh that was under way may have
 * given one more. Later ones live long, so that a busy machine does not see them expire.
 */
export async function untilExpired(provider: StandInProvider): Promise<string> {
  const last = () => provider.secrets().accessTokens.at(-1)!
  await until(
    async () => {
      const asked = last()
      return (await accepted(provider.issuer, asked)) || asked !== last()
    },
    (isOpen) => !isOpen,
    'the token’s end',
  )
  provider.change({ accessTokenTtl: 300 })
  return last()
}

/** Crashes the page's process, which says no goodbye. */
export async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const crashed = page.waitForEvent('crash')
  session.send('Page.crash').catch(() => {})
  await crashed
}

/** Hides a tab by hand, because headless Chromium shows them all. */
export const setHidden = (page: Scripted, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value })
    const visibilityState = value ? 'hidden' : 'visible'
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      value: visibilityState,
    })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
