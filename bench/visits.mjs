// What a visitor does with a page, and how long the page says it took.

/**
 * @template {string} Name
 * @typedef {Awaited<ReturnType<typeof import('./apps.mjs').serveApps<Name>>>} Apps
 */

/**
 * @template {string} Name
 * @param {Apps<Name>} apps
 * @param {Name} name
 */
export async function signIn({ browser, url }, name) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const measured = async () => {
    const handle = await page.waitForFunction('window.measured')
    return /** @type {{ at: number, holder: string }} */ (await handle.jsonValue())
  }
  await page.goto(url(name))
  await page.waitForFunction('window.signIn')
  await page.evaluate('void window.signIn()')
  return { context, page, measured, ...(await measured()) }
}

/**
 * Milliseconds from the way back to a token.
 *
 * @template {string} Name
 * @param {Apps<Name>} apps
 * @param {Name} name
 */
export async function callback(apps, name) {
  const { at, context } = await signIn(apps, name)
  await context.close()
  return at
}

/**
 * @template {string} Name
 * @param {Apps<Name>} apps
 * @param {Name} name
 */
export async function reloading(apps, name) {
  const { page, measured, holder } = await signIn(apps, name)
  const asked = { requests: 0 }
  const { requests } = apps.provider
  const reload = async () => {
    const before = requests.length
    await page.reload()
    const { at } = await measured()
    asked.requests += requests.length - before
    return at
  }
  return { page, holder, asked, reload }
}

/**
 * Milliseconds from a visitor's very first navigation until the page knows that no user is signed in.
 *
 * @template {string} Name
 * @param {Apps<Name>} apps
 * @param {Name} name
 */
export async function firstLoad({ browser, url }, name) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url(name))
  const handle = await page.waitForFunction('window.settledAt')
  const at = /** @type {number} */ (await handle.jsonValue())
  await context.close()
  return at
}
