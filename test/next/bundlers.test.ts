// `npm run test:next`: examples/next under both of Next's bundlers, in development and production. Too slow for `npm test`.
import { expect, beforeAll, test, vi } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { closeContext } from '../browser/harness/browser.ts'
import { waitForWorkers } from '../browser/harness/patience.ts'
import { consumer } from '../package/consumer.ts'
import type { Provider } from '../package/journey.ts'
import { serveCommand } from '../package/serve.ts'

const { command, folder, installExample, use } = consumer('next')

beforeAll(async () => {
  vi.stubEnv('NEXT_TELEMETRY_DISABLED', '1')
  await installExample('next')
})

test.each(['--turbopack', '--webpack'])('next dev %s', async (bundler) => {
  await use(serveCommand(folder, 'next', ['dev', bundler, '-p', '0']), (...given) =>
    journey(...given, [NOT_BEGUN_HERE]),
  )
})

test.each(['--turbopack', '--webpack'])('next build %s, next start', async (bundler) => {
  await command('next', 'build', bundler)
  await use(serveCommand(folder, 'next', ['start', '-p', '0']), journey)
})

/** A development build says on the console what becomes of an answer that is not awaited. */
const NOT_BEGUN_HERE =
  'evertoken: the sign-in failed, and the user of before is still signed in: This sign-in was not begun here. Begin it again with signIn().'

/** From a page that is not the one the provider comes back to, over a reload, to an answer that is not awaited. */
async function journey(
  browser: Browser,
  provider: Provider,
  url: string,
  warnings: string[] = [],
): Promise<void> {
  // Next's development server may reload a page that it has just compiled for the first time.
  for (const path of ['', 'orders']) await fetch(url + path)
  const context = await browser.newContext()
  await waitForWorkers(context)
  try {
    const page = await context.newPage()
    const problems = problemsOf(page)
    let state = ''
    page.on('request', (request) => {
      state = new URL(request.url()).searchParams.get('state') ?? state
    })
    await page.goto(`${url}orders`)
    await page.getByText('signed-out unavailable').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await signedInAt(page, '/orders', 'Orders')
    await page.getByText('Three orders.').waitFor()

    const before = provider.requests.length
    await page.reload()
    await signedInAt(page, '/orders', 'Orders')
    expect(provider.requests.slice(before)).toEqual([])

    // An answer to no request of ours leaves the address bar too, and the session as it was.
    await page.goto(`${url}?code=old&state=${state.replace(/\w+$/, '0'.repeat(32))}`)
    await signedInAt(page, '/', 'Home')
    expect(problems).toEqual(warnings)
  } finally {
    await closeContext(context)
  }
}

function problemsOf(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  return problems
}

async function signedInAt(page: Page, path: string, title: string): Promise<void> {
  // All of it at one moment: the page that one leaves for the provider has the same path and heading, and the one
  // that one comes back to is signed in before it goes on to that path.
  const there = `location.pathname === '${path}' && location.search === '' &&
    document.querySelector('h1')?.textContent === '${title}' &&
    document.querySelector('#status')?.textContent.trim() === 'signed-in ready'`
  await page.waitForFunction(there).catch(async () => {
    throw new Error(`At ${page.url()}, not ${path}: ${await page.locator('body').innerText()}`)
  })
  const { vault } = JSON.parse(await page.locator('#diagnostics').innerText()) as { vault: string }
  expect(vault).toBe('worker')
}
