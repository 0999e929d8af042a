import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { accepted, status, token, until, waitForStatus } from './harness/tab.ts'
import { clickSignIn, popupEnded, settled } from './harness/popup.ts'
import { underWay } from './harness/under-way.ts'
import { worlds } from './harness/world.ts'

for (const engine of ['chromium', 'firefox'] as const) {
  describe(`signIn({ mode: 'popup' }) in ${engine}`, () => {
    const createWorld = worlds({ engine })

    test.each([
      ['worker vault', {}],
      ['page vault', { vault: 'page' }],
    ] as const)('signs in, and leaves what was typed where it is [%s]', async (_, client) => {
      const { provider, context, tab } = await createWorld({ client })
      const page = await tab()
      await waitForStatus(page, 'signed-out')
      await page.evaluate(() => {
        const field = document.createElement('textarea')
        document.body.append(field)
        field.value = 'half a sentence'
      })
      await clickSignIn(page)
      await waitForStatus(page, 'signed-in')
      expect(await settled(page)).toBe('signed in')
      expect(await page.evaluate(() => document.querySelector('textarea')?.value)).toBe(
        'half a sentence',
      )
      expect(await accepted(provider.issuer, await token(page))).toBe(true)
      expect(provider.requests('token')).toHaveLength(1)
      await popupEnded(context)
    })

    test('says that the user closed the popup, and signs in at the next click', async () => {
      const { provider, context, tab } = await createWorld({ provider: { autoLogin: undefined } })
      const page = await tab()
      await waitForStatus(page, 'signed-out')
      const opened = underWay(context.waitForEvent('page'))
      await clickSignIn(page)
      const popup = await opened
      await popup.waitForURL((url) => url.href.startsWith(provider.issuer))
      await popup.close()
      expect(await settled(page)).toBe('popup_closed')
      expect(await status(page)).toBe('error')
      provider.change({ autoLogin: 'alice' })
      await clickSignIn(page)
      await waitForStatus(page, 'signed-in')
    })

    test('signs in where Cross-Origin-Opener-Policy parts the page from its popup', async () => {
      const { site, context, tab } = await createWorld()
      site.pageHeaders = { 'cross-origin-opener-policy': 'same-origin' }
      // Automated browsers give every page the focus: here the user is in the popup.
      await context.addInitScript(() => {
        document.hasFocus = () => false
      })
      const page = await tab()
      await waitForStatus(page, 'signed-out')
      await clickSignIn(page)
      await waitForStatus(page, 'signed-in')
      expect(await settled(page)).toBe('signed in')
    })
  })
}

// What drives Firefox cannot click into a frame of another site.
describe('in a frame, in chromium', () => {
  const createWorld = worlds()

  test('H2 signs in by a popup from a frame of another site', async () => {
    const { site, provider, context } = await createWorld()
    const outer = await context.newPage()
    const parent = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><iframe src="${site.url}/"></iframe>`)
    })
    onTestFinished(() => void parent.close())
    await new Promise<void>((resolve) => parent.listen(0, '127.0.0.1', resolve))
    await outer.goto(`http://localhost:${(parent.address() as AddressInfo).port}/`)
    const inner = await until(
      () => outer.frames().find((frame) => frame.url() === `${site.url}/`),
      Boolean,
      'the frame',
    )
    await waitForStatus(inner!, 'signed-out')
    await clickSignIn(inner!)
    await waitForStatus(inner!, 'signed-in')
    expect(await accepted(provider.issuer, await token(inner!))).toBe(true)
  })
})
