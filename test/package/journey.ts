import type { Browser } from 'playwright-core'
import { expect } from 'vitest'
import type { serveProvider } from '../../bench/provider.mjs'
import { closeContext } from '../browser/harness/browser.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'

export type Provider = Awaited<ReturnType<typeof serveProvider>>

export interface Expected {
  vault: 'worker' | 'page'
  /** Why it is not the worker. */
  fallback?: unknown
  /** Firefox may end the worker of a lone tab that reloads: what is seen then is not tried. Default: true. */
  reload?: boolean
}

/** What a person does in an application, and what a developer must not see in its console. */
export async function journey(
  browser: Browser,
  provider: Provider,
  url: string,
  { reload = true, ...expected }: Expected,
): Promise<void> {
  const context = await browser.newContext()
  await waitForWorkers(context)
  try {
    const page = await context.newPage()
    // A development server compiles what is asked for, and a machine may be busy.
    page.setDefaultTimeout(120_000)
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      // The browser itself reports a worker's file that is not there.
      const missing = expected.vault === 'page' && message.text().includes('status of 404')
      if (message.type() === 'error' && !missing) problems.push(message.text())
    })
    const diagnostics = async (): Promise<unknown> =>
      JSON.parse(await page.locator('#diagnostics').innerText())

    await page.goto(url)
    await page.getByText('signed-out unavailable').waitFor()
    expect(await diagnostics()).toMatchObject(expected)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('signed-in ready').waitFor()
    expect(await diagnostics()).toMatchObject({ ...expected, renewable: true })
    await expect.poll(() => new URL(page.url()).search).toBe('')

    expect(problems).toEqual([])
    if (!reload) return
    const before = provider.requests.length
    await page.reload()
    // A page's memory ends with the page.
    const then = expected.vault === 'worker' ? 'signed-in ready' : 'signed-out unavailable'
    await page.getByText(then).waitFor()
    expect(await diagnostics()).toMatchObject(expected)
    expect(provider.requests.slice(before)).toEqual([])
    expect(problems).toEqual([])
  } finally {
    await closeContext(context)
  }
}
