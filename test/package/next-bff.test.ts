// A page that Next renders on the server for who is signed in, behind a backend in the same application.
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startProvider, type StandInProvider } from '../../demo/provider/index.ts'
import { closeContext } from '../browser/harness/browser.ts'
import { freePort } from '../support/free-port.ts'
import { consumer } from './consumer.ts'
import { serveCommand } from './serve.ts'

const { folder, installExample, script, use } = consumer('next-bff', { tool: 'next' })
let provider: StandInProvider

beforeAll(async () => {
  provider = await startProvider({ autoLogin: 'alice' })
  vi.stubEnv('NEXT_TELEMETRY_DISABLED', '1')
  await installExample('next-bff')
})
afterAll(() => provider?.close())

/** A tab that writes down what its page shows from the first byte on, what it asks the backend, and what it complains of. */
async function watchedTab(context: BrowserContext) {
  const page = await context.newPage()
  const asked: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/bff/')) asked.push(pathname)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  await page.addInitScript(() => {
    const shown: string[] = []
    Object.assign(window, { shown })
    const look = () => {
      const text = document.querySelector('#status')?.textContent?.trim()
      if (text && text !== shown.at(-1)) shown.push(text)
    }
    new MutationObserver(look).observe(document, {
      ...{ childList: true, characterData: true, subtree: true },
    })
  })
  const shown = () => page.evaluate(() => (window as unknown as { shown: string[] }).shown)
  /** A button does something only when the page is React's, which notes that at the element. */
  async function press(name: string): Promise<void> {
    const button = page.getByRole('button', { name })
    const isReacts = (element: Element) =>
      Object.keys(element).some((key) => key.startsWith('__reactProps'))
    await expect.poll(() => button.evaluate(isReacts)).toBe(true)
    await button.click()
  }
  return { page, asked, complaints, shown, press }
}

test('is rendered signed-in, and hydrates without a request, a mismatch or a flash', async () => {
  const port = await freePort()
  vi.stubEnv('ISSUER', provider.issuer)
  vi.stubEnv('CLIENT_ID', 'spa')
  vi.stubEnv('BFF_KEY', '3nFcgqf4aA2R6E9ewqHURZkm05DmIcCFITVP+Pxw7WY')
  vi.stubEnv('APP_URL', `http://localhost:${port}`)
  await script('build')
  const served = serveCommand(folder, 'next', ['start', '-p', String(port)])
  await use(served, async (browser, _, url) => {
    const context = await browser.newContext()
    try {
      const { page, asked, complaints, shown, press } = await watchedTab(context)
      await page.goto(url)
      expect(await shown()).toEqual(['signed-out'])
      await page.waitForLoadState('networkidle')
      expect(asked).toEqual([])

      // Back from the provider the server knows already.
      await press('Sign in')
      await page.getByText('signed-in Alice Adams').waitFor()
      await page.waitForLoadState('networkidle')
      expect(asked).toEqual(['/bff/login', '/bff/callback'])
      expect(await shown()).toEqual(['signed-in Alice Adams'])

      asked.splice(0)
      await page.reload()
      await page.waitForLoadState('networkidle')
      expect(await (await context.request.get(url)).text()).toContain('Alice Adams')
      expect(await shown()).toEqual(['signed-in Alice Adams'])
      expect(asked).toEqual([])

      await press('Sign out')
      await page.getByText('signed-out').waitFor()
      await page.waitForURL(url)
      await expect.poll(shown).toEqual(['signed-out'])
      expect(await (await context.request.get(url)).text()).not.toContain('Alice Adams')
      expect(complaints).toEqual([])
    } finally {
      await closeContext(context)
    }
  })
})
