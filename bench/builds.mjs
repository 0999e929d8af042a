// This build beside another one, which stands in the folder BASE with its `dist`: the same pages, in turn, in one
// browser. Only what the package exports is used, so that the other may be of any age.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveApps } from './apps.mjs'
import { inTurn } from './measure.mjs'
import { callback, firstLoad, reloading } from './visits.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const page = { root: join(here, 'bench/app'), page: 'evertoken.html' }
/** Each build with the test app of its time: it shows what the package exported then. @param {string} folder */
const componentsOf = (folder) => ({ root: join(folder, 'test/app'), page: 'index.html' })

/** @typedef {import('./visits.mjs').Apps<'now' | 'base'>} Builds */

/** @param {{ base: string }} options where the other checkout is */
export async function benchBuilds({ base }) {
  if (!existsSync(join(base, 'dist/core.js')))
    throw new Error(`BASE=${base}: no dist/core.js there`)
  /** @param {(folder: string) => import('./apps.mjs').App} appOf */
  const ofBoth = (appOf) => ({
    now: { ...appOf(here), alias: exportsOf(here) },
    base: { ...appOf(base), alias: exportsOf(base) },
  })
  // A network would hide the difference.
  const latency = 0
  const pages = await serveApps(
    ofBoth(() => page),
    { latency },
  )
  const apps = await serveApps(ofBoth(componentsOf), { latency })
  try {
    return { ...(await measure(pages)), renders: await countRenders(apps) }
  } finally {
    await Promise.all([pages.close(), apps.close()])
  }
}

/** @param {string} folder */
const exportsOf = (folder) => [
  { find: /^evertoken$/, replacement: join(folder, 'dist/index.js') },
  { find: /^evertoken\/core$/, replacement: join(folder, 'dist/core.js') },
]

/** @param {Builds} pages */
async function measure(pages) {
  const { requests } = pages.provider
  const first = await inTurn(30, {
    now: () => firstLoad(pages, 'now'),
    base: () => firstLoad(pages, 'base'),
  })
  const asked = { now: 0, base: 0 }
  /** @param {'now' | 'base'} name */
  const countedCallback = async (name) => {
    const before = requests.length
    const at = await callback(pages, name)
    asked[name] += requests.length - before
    return at
  }
  const callbacks = await inTurn(30, {
    now: () => countedCallback('now'),
    base: () => countedCallback('base'),
  })
  const now = await reloading(pages, 'now')
  const base = await reloading(pages, 'base')
  const reload = await inTurn(40, { now: now.reload, base: base.reload })
  asked.now += now.asked.requests
  asked.base += base.asked.requests
  const warm = await inTurn(30, { now: () => warmCall(now.page), base: () => warmCall(base.page) })
  const cold = await inTurn(20, { now: () => coldCall(now.page), base: () => coldCall(base.page) })
  return { first, callback: callbacks, reload, warm, cold, requests: asked }
}

/**
 * Milliseconds of one call that needs nothing but the clocks.
 *
 * @param {import('playwright-core').Page} at
 */
const warmCall = (at) =>
  at.evaluate(async () => {
    const { auth } = window
    const calls = 50_000
    const start = performance.now()
    for (let i = 0; i < calls; i++) await auth.getAccessToken()
    return (performance.now() - start) / calls
  })

/**
 * Milliseconds of one call that makes a refresh. Refreshes are held a second apart, so it waits first.
 *
 * @param {import('playwright-core').Page} at
 */
const coldCall = (at) =>
  at.evaluate(async () => {
    const { auth } = window
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const start = performance.now()
    await auth.getAccessToken({ forceRefresh: true })
    return performance.now() - start
  })

/**
 * How often each component of the test app renders from the start of a sign-in through three refreshes.
 *
 * @param {Builds} apps
 */
async function countRenders({ provider, browser, url }) {
  /** @param {'now' | 'base'} name */
  const count = async (name) => {
    const { issuer } = provider.metadata
    const redirectUri = new URL(url(name)).pathname
    const context = await browser.newContext()
    await context.addInitScript((options) => Object.assign(window, { __options: options }), {
      watch: true,
      client: { issuer, clientId: 'bench', redirectUri },
    })
    const tab = await context.newPage()
    await tab.goto(url(name))
    await tab.waitForFunction(() => window.auth.getSession().status === 'signed-out')
    await tab.evaluate(() => void window.auth.signIn())
    await tab.waitForFunction(() => window.auth?.getAccessTokenState().status === 'ready')
    for (let turn = 0; turn < 3; turn++) await coldCall(tab)
    const renders = await tab.evaluate(() => window.renders)
    await context.close()
    return renders
  }
  return { now: await count('now'), base: await count('base') }
}
