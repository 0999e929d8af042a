import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startProvider } from '../../demo/provider/index.ts'
import { closeContext, launch } from '../browser/harness/browser.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'
import { startDemo, type Demo } from './demo.ts'
import { openTab } from './visitor.ts'

let browser: Browser
let context: BrowserContext
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  context = await browser.newContext({ reducedMotion: 'reduce' })
  await waitForWorkers(context)
})
afterEach(() => closeContext(context))

const soon = { interval: 100 }

describe('the playground with its own provider', () => {
  let demo: Demo
  // For each its own: what one test has switched, also one that failed and is tried again, is nothing to the next.
  beforeEach(async () => {
    demo = await startDemo()
  })
  afterEach(() => demo.close())

  it('goes through a session’s whole life in two tabs', async () => {
    const first = await openTab(context, demo.url)
    await first.status('signed-out')
    await first.isAccessible()

    await first.press('Sign in')
    await first.page.getByRole('button', { name: /Alice Adams/ }).click()
    await first.status('signed-in')
    await expect.poll(() => first.text('user'), soon).toBe('Alice Adams')
    await expect.poll(() => new URL(first.page.url()).search, soon).toBe('')
    // Also what came before the page listened.
    await expect.poll(() => first.text('code exchanges'), soon).toBe('1')

    // The page refreshes twice by itself.
    await first.choose('5 s')
    const before = await first.refreshes()
    await expect.poll(first.refreshes, soon).toBeGreaterThanOrEqual(before + 2)
    await first.isAccessible()
    await first.fitsAPhone()

    const second = await openTab(context, demo.url)
    await second.status('signed-in')
    await expect.poll(() => first.page.getByTestId('tabs').locator('li').count(), soon).toBe(2)

    // The provider fails twice, and the page recovers without help.
    await first.press('Answer 503 twice')
    const outcome = first.page.locator('li', { hasText: 'Answer 503 twice' }).getByRole('status')
    await expect
      .poll(() => outcome.innerText(), soon)
      .toMatch(/still signed in\. Recovered by itself/)
    await expect.poll(() => first.text('answers-503'), soon).toMatch(/^503\s+503\s+200/)

    // The session is revoked: both tabs expire once, and the form stays as it was.
    await first.draft.fill('half a sentence')
    const form = await first.draft.elementHandle()
    await first.press('Revoke the session')
    await Promise.all([first.status('expired'), second.status('expired')])
    await first.isAccessible()
    expect(await first.draft.inputValue()).toBe('half a sentence')

    await second.press('Sign in again')
    await second.status('signed-in')
    await first.status('signed-in')
    expect(await first.draft.inputValue()).toBe('half a sentence')
    expect(await form.evaluate((input) => input.isConnected)).toBe(true)

    await first.signOut()
    await Promise.all([first.status('signed-out'), second.status('signed-out')])
    expect(unexpected(first.complaints)).toEqual([])
    expect(unexpected(second.complaints)).toEqual([])
    expect(await first.refusals()).toEqual([])
  })

  it('wakes from sleep without a stale token, and finds no refresh token in the page', async () => {
    const tab = await openTab(context, demo.url)
    await tab.press('as Bob')
    await tab.status('signed-in')
    await tab.choose('5 s')
    await tab.press('Search the page for it')
    await expect
      .poll(() => tab.text('search'), soon)
      .toMatch(/^No refresh token among \d{2,} strings/)

    await tab.press('Put this tab to sleep')
    const morning = tab.page.getByTestId('morning')
    await expect
      .poll(() => morning.innerText(), soon)
      .toMatch(/over for ([3-9]|\d\d) s.*given a new one/)
    await tab.status('signed-in')

    // The same search finds a refresh token in the page vault, which has one.
    await tab.keepIn('this page')
    await tab.status('signed-out')
    await tab.press('as Bob')
    await tab.status('signed-in')
    await tab.press('Search the page for it')
    await expect
      .poll(() => tab.text('search'), soon)
      .toMatch(/^Found a refresh token: said and heard/)
    expect(unexpected(tab.complaints)).toEqual([])
    expect(await tab.refusals()).toEqual([])
  })

  it('reports an answer lost after rotation, and a network that is away', async () => {
    const tab = await openTab(context, demo.url)
    const outcome = (action: string) => () =>
      tab.page.locator('.actions > li', { hasText: action }).getByRole('status').innerText()
    await tab.press('as Alice')
    await tab.status('signed-in')
    await tab.choose('1 s')
    await tab.press('Take the network away')
    // Calls wait for ten seconds: a busy machine may see only what they were told then.
    await expect
      .poll(outcome('Every connection'), soon)
      .toMatch(/still signed in.*(calls wait|was told network)/)
    await tab.press('Bring the network back')
    await expect.poll(() => tab.page.locator('.instants .token').innerText(), soon).toMatch(/…/)

    await tab.press('Lose an answer after rotation')
    await tab.status('expired')
    await expect.poll(outcome('Lose an answer'), soon).toMatch(/ended once, as answer_lost/)
    await expect
      .poll(() => tab.text('answers-lost'), soon)
      .toMatch(/answer lost\s+400 invalid_grant$/)
    await tab.choose('the same one at each refresh')

    // Another user gets a new tree, without the draft of the user before.
    await tab.draft.fill('Alice’s own')
    await tab.press('Sign in again')
    await tab.status('signed-in')
    expect(await tab.draft.inputValue()).toBe('Alice’s own')
    await tab.press('Become Bob')
    await tab.page.getByTestId('user').filter({ hasText: 'Bob Brown' }).waitFor()
    expect(await tab.draft.inputValue()).toBe('')
    await tab.signOut()
    await tab.status('signed-out')
  })

  it('says what is wrong with a clock that is a year off', async () => {
    const tab = await openTab(context, demo.url)
    const clock = async (label: string) => {
      await tab.page.getByLabel('This device’s clock').selectOption({ label })
      await tab.pressAndReturn('Sign in with the clock')
    }
    await clock('a year slow')
    await tab.status('error')
    await expect
      .poll(() => tab.page.getByRole('alert').innerText(), soon)
      .toMatch(/365(\.0)? days behind/)
    await tab.isAccessible()
    await clock('10 minutes fast')
    await tab.status('signed-in')
    // With a live session the same failure ends nothing.
    await clock('a year slow')
    await expect
      .poll(() => tab.page.locator('.notice').innerText(), soon)
      .toMatch(/^Still signed in.*clock_skew/)
    await tab.status('signed-in')
    await expect
      .poll(() => tab.text('clock-offset'), soon)
      .toMatch(/(10 min( \d+ s)?|9 min \d+ s) behind/)
    await clock('right')
    await tab.status('signed-in')
    expect(unexpected(tab.complaints)).toEqual([])
    expect(await tab.refusals()).toEqual([])
  })
})

describe('the playground with another provider', () => {
  it('shows what needs no switches, and hides what does', async () => {
    const other = await startProvider({ accessTokenTtl: 5, clients: ['another'] })
    const demo = await startDemo({ ISSUER: other.issuer, CLIENT_ID: 'another' })
    try {
      const tab = await openTab(context, demo.url)
      await tab.press('Sign in')
      await tab.page.getByRole('button', { name: /Bob Brown/ }).click()
      await tab.status('signed-in')
      const refreshes = () => other.requests('token').length - 1
      await expect.poll(refreshes, soon).toBeGreaterThanOrEqual(2)
      expect(await tab.page.getByRole('button', { name: /503|Revoke|Bob/ }).count()).toBe(0)
      await tab.page.getByText('This provider cannot be told to fail').waitFor()
      await tab.press('Search the page for it')
      await expect.poll(() => tab.text('search'), soon).toMatch(/^No refresh token/)
      await tab.isAccessible()
      await tab.signOut()
      await tab.status('signed-out')
      expect(tab.complaints).toEqual([])
    } finally {
      await demo.close()
      await other.close()
    }
  })
})

/**
 * A browser logs every answer that is not 200, also of a WebSocket. The tests ask for these statuses, or tokens of 5 s run out
 * on their way (401): that it was this, the API says (`refusals`).
 */
const unexpected = (complaints: string[]) =>
  complaints.filter(
    (one) =>
      !/the server responded with a status of (503|400|401)|HTTP Authentication failed/.test(one),
  )
