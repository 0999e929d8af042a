// The playground's switch to a backend: the same page, a cookie in the place of the worker.
import { connect } from 'node:net'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { closeContext, launch } from '../browser/harness/browser.ts'
import { startDemo, type Demo } from './demo.ts'
import { openTab, type Tab } from './visitor.ts'

let browser: Browser
let context: BrowserContext
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  context = await browser.newContext({ reducedMotion: 'reduce' })
})
afterEach(() => closeContext(context))

const soon = { interval: 100 }

const calls = (tab: Tab) => () => tab.text('calls')
const count = (tab: Tab, name: string) => async () => Number(await tab.text(name))

async function signInAs(tab: Tab, name: 'Alice' | 'Bob', place: string): Promise<void> {
  await tab.keepIn(place)
  await tab.status('signed-out')
  await tab.press(`as ${name}`)
  await tab.status('signed-in')
  await expect.poll(() => tab.text('user'), soon).toMatch(name)
}

async function callEverySecond(tab: Tab): Promise<void> {
  await tab.page.getByLabel('every second').check()
  await expect.poll(calls(tab), soon).toMatch(/200\s+200/)
}

describe('the playground with a backend', () => {
  let demo: Demo
  beforeEach(async () => {
    demo = await startDemo()
  })
  afterEach(() => demo.close())

  it('mediated: the page has access tokens, the backend the refresh token, and two tabs one session', async () => {
    const tab = await openTab(context, demo.url)
    await signInAs(tab, 'Alice', 'a backend, mediated')
    await expect.poll(count(tab, 'server-sessions'), soon).toBe(1)
    await tab.choose('5 s')
    const before = await count(tab, 'server-refreshes')()
    await expect.poll(count(tab, 'server-refreshes'), soon).toBeGreaterThanOrEqual(before + 2)
    await callEverySecond(tab)
    await tab.isAccessible()
    await tab.fitsAPhone()

    await tab.press('Search the page for it')
    await expect.poll(() => tab.text('search'), soon).toMatch(/^No refresh token/)
    const cookies = await context.cookies()
    const ours = cookies.filter(({ name }) => name.startsWith('mediated'))
    expect(ours.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
      { httpOnly: true, sameSite: 'Strict' },
    ])

    const second = await openTab(context, demo.url)
    await second.status('signed-in')
    expect(unexpected(tab.complaints)).toEqual([])
    await tab.page.getByLabel('every second').uncheck()
    await second.signOut()
    await tab.status('signed-out')
    await expect.poll(count(tab, 'server-sessions'), soon).toBe(0)
    expect(unexpected(tab.complaints)).toEqual([])
    expect(unexpected(second.complaints)).toEqual([])
    expect(await tab.refusals()).toEqual([])
  })

  it('proxied: the page has no token at all, and hears when the provider ended the session, and when another tab signs in', async () => {
    const tab = await openTab(context, demo.url)
    await signInAs(tab, 'Bob', 'a backend, proxied')
    await tab.choose('5 s')
    await callEverySecond(tab)
    const before = await count(tab, 'server-refreshes')()
    await expect.poll(count(tab, 'server-refreshes'), soon).toBeGreaterThanOrEqual(before + 2)
    await tab.isAccessible()
    await tab.fitsAPhone()

    await tab.press('Answer 503 twice')
    const outcome = tab.page.locator('li', { hasText: 'Answer 503 twice' }).getByRole('status')
    await expect
      .poll(() => outcome.innerText(), soon)
      .toMatch(/still signed in\. Recovered by itself/)

    await tab.press('Search the page for it')
    await expect.poll(() => tab.text('search'), soon).toMatch(/^No refresh token/)
    const found = await tab.page.locator('#secret .finds td').allInnerTexts()
    expect(new Set(found)).toEqual(new Set(['–']))

    await tab.draft.fill('half a sentence')
    await tab.press('Revoke the session')
    await tab.status('expired')
    expect(await tab.draft.inputValue()).toBe('half a sentence')
    const second = await openTab(context, demo.url)
    await second.status('signed-out')
    await second.press('as Bob')
    await second.status('signed-in')
    await tab.status('signed-in')
    expect(await tab.draft.inputValue()).toBe('half a sentence')
    await callEverySecond(tab)
    expect(unexpected(tab.complaints)).toEqual([])
  })
})

describe('the playground with STORE=redis', () => {
  it('has two processes behind one port, which share the sessions, and leaves no process behind', async () => {
    const demo = await startDemo({ STORE: 'redis' })
    let left: () => Promise<unknown[]> = async () => []
    try {
      const tab = await openTab(context, demo.url)
      await signInAs(tab, 'Alice', 'a backend, proxied')
      await tab.choose('5 s')
      await callEverySecond(tab)
      // Whichever is asked answers for the same session.
      const processes = () => tab.page.getByTestId('processes').locator('li').allInnerTexts()
      const refreshed = (text: string) => !text.includes(', 0 refreshes')
      await expect.poll(async () => (await processes()).filter(refreshed).length, soon).toBe(2)
      await expect.poll(count(tab, 'server-sessions'), soon).toBe(1)
      expect(await calls(tab)()).not.toMatch(/[45]\d\d/)
      await tab.isAccessible()

      const pids = (await processes()).map((text) => Number(/process (\d+)/.exec(text)![1]))
      const address = await tab.page.locator('#server code', { hasText: '127.0.0.1:' }).innerText()
      expect(await answers(address)).toBe(true)
      left = async () => [...pids.filter(isRunning), ...((await answers(address)) ? [address] : [])]
      expect((await left()).length).toBe(3)
      expect(unexpected(tab.complaints)).toEqual([])
    } finally {
      await demo.close()
    }
    await expect.poll(left, soon).toEqual([])
  })

  it('says what STORE may be, and how to come by a redis-server', async () => {
    await expect(startDemo({ STORE: 'disk' })).rejects.toThrow('STORE is "disk". It may be memory')
    const { PATH } = process.env
    process.env['PATH'] = '/nowhere'
    try {
      await expect(startDemo({ STORE: 'redis' })).rejects.toThrow('apt-get install redis-server')
    } finally {
      process.env['PATH'] = PATH
    }
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/**
 * A browser logs every answer that is not 2xx: 503 is asked for, 401 is what a token gets that ran out on its way, and 403
 * what a page is told that asks for a token, where the backend keeps them all.
 */
const unexpected = (complaints: string[]) =>
  complaints.filter((one) => !/the server responded with a status of (401|403|503)/.test(one))
