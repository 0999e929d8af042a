// The playground's protected API, as an app uses it all day: the same page in each mode.
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeContext, launch } from '../browser/harness/browser.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'
import { until } from '../browser/harness/tab.ts'
import { underWay } from '../browser/harness/under-way.ts'
import { startDemo, type Demo } from './demo.ts'
import { openTab, type Tab } from './visitor.ts'

const soon = { interval: 100 }

/** What a visitor sees of the API. */
function apiOf(tab: Tab) {
  const { page } = tab
  const card = page.locator('#api')
  return {
    notes: () => page.getByTestId('notes').locator('li').allInnerTexts(),
    text: () => card.innerText(),
    badge: card.getByRole('img', { name: /library card/ }),
    socket: async () => `${await tab.text('socket')}, ${await tab.text('opened')}`,
    /** Chooses an answer, and waits for the API to know: a call might be there first. */
    async answers(how: string): Promise<void> {
      const told = underWay(
        page.waitForResponse((answer) => answer.url().endsWith('/control/behaviour')),
      )
      await tab.choose(how)
      await told
    },
    saving: () => tab.text('saving'),
    async type(text: string): Promise<void> {
      // Firefox's driver does not reach React's inputs otherwise.
      await tab.draft.click()
      await tab.draft.pressSequentially(text)
    },
  }
}

async function signIn(tab: Tab, place = 'a worker'): Promise<void> {
  await tab.status('signed-out')
  if (place !== 'a worker') await tab.keepIn(place)
  await tab.status('signed-out')
  await tab.press('as Alice')
  await tab.status('signed-in')
  await expect.poll(apiOf(tab).notes, soon).toContain('Water the orchids')
  await expect.poll(apiOf(tab).socket, soon).toBe('live, opened 1 ×')
  // All that the page asks for by itself: what comes late would take the one 401 that is meant for others.
  await apiOf(tab).badge.waitFor()
  await tab.page.getByRole('link', { name: 'Download the notes' }).waitFor()
}

/** Revokes the session under a half-filled form, sends it all the same, and signs in beside it. */
async function signInBesideTheForm(tab: Tab): Promise<void> {
  const api = apiOf(tab)
  await api.type('half a sentence')
  const form = await tab.draft.elementHandle()
  await tab.press('Revoke the session')
  await tab.status('expired')
  await tab.press('Save')
  await expect.poll(api.saving, soon).toMatch(/^Waits until you have signed in again/)
  expect(await api.notes()).toContain('Water the orchids')
  await tab.page.getByLabel('sign in in a popup').check()
  await tab.press('Sign in again')
  await tab.status('signed-in')
  await expect.poll(api.notes, soon).toContain('half a sentence')
  // Of a note that was saved the WebSocket may tell before the answer is there.
  await expect.poll(() => tab.draft.inputValue(), soon).toBe('')
  expect(await form.evaluate((input) => input.isConnected)).toBe(true)
  await expect.poll(api.socket, soon).toMatch(/^live/)
}

/** Becomes another user without leaving the page, of which nothing is left then. */
async function becomeBob(tab: Tab): Promise<void> {
  const api = apiOf(tab)
  let alices = ''
  const canReadHers = async () => {
    alices = (await api.badge.getAttribute('src'))!
    return canRead(tab.page, alices)
  }
  await expect.poll(canReadHers, soon).toBe(true)
  await tab.page.getByLabel('sign in in a popup').check()
  await tab.press('Become Bob')
  await tab.page.getByTestId('user').filter({ hasText: 'Bob Brown' }).waitFor()
  await isBobs(tab)
  await expect.poll(() => canRead(tab.page, alices), soon).toBe(false)
}

async function isBobs(tab: Tab): Promise<void> {
  const api = apiOf(tab)
  await expect.poll(api.notes, soon).toEqual(['Oil the bicycle', 'Return the library books'])
  await expect.poll(() => api.badge.getAttribute('alt'), soon).toBe('Bob’s library card')
  // The one sentence that says what others do.
  expect((await api.text()).replace(/A naive library.*/, '')).not.toMatch(/Alice|orchids|sentence/)
  expect(await tab.draft.inputValue()).toBe('')
  await expect.poll(api.socket, soon).toMatch(/^live/)
}

const canRead = (page: Page, url: string) =>
  page.evaluate(
    (url) =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    url,
  )

/**
 * A browser logs every answer that is not 2xx: 400 and 401 are asked for, 403 is what a page is told that asks for a token
 * where the backend keeps them all. A file that is not found is the badge of the user before.
 */
const unexpected = ({ complaints }: Tab) =>
  complaints.filter(
    (one) => !/the server responded with a status of (400|401|403)|ERR_FILE_NOT_FOUND/.test(one),
  )

describe('in Chromium', () => {
  let browser: Browser
  let context: BrowserContext
  let demo: Demo
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    demo = await startDemo()
    context = await browser.newContext({ reducedMotion: 'reduce' })
    await waitForWorkers(context)
  })
  afterEach(async () => {
    await closeContext(context)
    await demo.close()
  })

  // Behind the proxy it is the backend that is refused: one call, and it tells all others.
  it.each([
    ['a worker', 20],
    ['a backend, mediated', 20],
    ['a backend, proxied', 1],
  ])('with the refresh token in %s an app goes through its day', async (place, refusals) => {
    const tab = await openTab(context, demo.url)
    const api = apiOf(tab)
    await signIn(tab, place)

    await api.answers('401 once')
    await tab.press('Call it 20 times at once')
    const said = /20 × 200\. The API saw (\d+) .* answered (\d+) with 401\. Refreshes since: 1\./
    const many = async () => said.exec(await tab.text('many').catch(() => ''))
    const [, seen, refused] = (await until(many, Boolean, 'the twenty answers'))!
    expect(Number(refused)).toBeGreaterThanOrEqual(1)
    expect(Number(refused)).toBeLessThanOrEqual(20)
    if (refusals === 20) expect(Number(seen)).toBe(20 + Number(refused))
    // What the routine renewal left open.
    expect(await api.socket()).toBe('live, opened 1 ×')

    await api.answers('401 always')
    await tab.press('Call it once')
    await expect.poll(() => tab.text('calls'), soon).toMatch(/401$/)
    await tab.status('signed-in')

    await api.answers('confirm first')
    await api.type('Buy stamps')
    await tab.press('Save')
    await expect.poll(api.saving, soon).toMatch(/wants you to confirm who you are/)
    if (place === 'a worker') {
      await tab.isAccessible()
      await tab.fitsAPhone()
    }
    const popup = underWay(context.waitForEvent('page'))
    await tab.press('Confirm in a popup')
    await (await popup).getByRole('button', { name: /Alice Adams/ }).click()
    await expect.poll(api.notes, soon).toContain('Buy stamps')
    await expect.poll(api.saving, soon).toBe('')
    await api.answers('as it should')

    await signInBesideTheForm(tab)
    const opened = Number(/\d+/.exec(await tab.text('opened')))
    await tab.press('Cut it')
    await expect.poll(api.socket, soon).toBe(`live, opened ${opened + 1} ×`)
    await becomeBob(tab)
    expect(unexpected(tab)).toEqual([])
  })

  it('another tab’s change of user leaves nothing of the first one on the screen', async () => {
    const first = await openTab(context, demo.url)
    await signIn(first)
    const second = await openTab(context, demo.url)
    await second.status('signed-in')
    await expect.poll(apiOf(second).notes, soon).toContain('Water the orchids')
    await becomeBob(first)
    await isBobs(second)

    // What one tab saves the other one hears of, by the WebSocket.
    await apiOf(first).type('Ring Alice')
    await first.press('Save')
    await expect.poll(apiOf(second).notes, soon).toContain('Ring Alice')
    await first.signOut()
    await second.status('signed-out')
    expect(await apiOf(second).text()).not.toMatch(/bicycle|Ring/)
    expect(unexpected(first)).toEqual([])
    expect(unexpected(second)).toEqual([])
  })
})

describe('in Firefox', () => {
  let browser: Browser
  let demo: Demo
  beforeAll(async () => {
    browser = await launch({ engine: 'firefox' })
    demo = await startDemo()
  })
  afterAll(async () => {
    await browser.close()
    await demo.close()
  })

  it('popups leave the form and the sockets to their user', async () => {
    const context = await browser.newContext({ reducedMotion: 'reduce' })
    await waitForWorkers(context)
    const tab = await openTab(context, demo.url)
    await signIn(tab)
    await signInBesideTheForm(tab)
    await becomeBob(tab)
    await closeContext(context)
  })
})
