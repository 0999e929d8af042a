import { chromium, firefox, type Browser, type BrowserContext } from 'playwright-core'
import { findTool } from '../../../scripts/system-tools.mjs'

/** Switches off the browser's own requests: on a closed network they make it slow. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface LaunchOptions {
  /** Default: Chromium. */
  engine?: 'chromium' | 'firefox'
  /** Chromium as people have it, also where there is a headless shell: for what a whole browser may do otherwise. */
  whole?: boolean
  /** Playwright switches the back-forward cache off; this leaves it on. */
  backForwardCache?: boolean
}

/** A browser of the system, started once per test file; tests have contexts of their own, which share no worker. */
export async function launch({
  engine = 'chromium',
  whole = false,
  backForwardCache = false,
}: LaunchOptions = {}): Promise<Browser> {
  const shell = engine === 'chromium' && !whole && findTool('chromium-headless-shell')
  const executablePath = shell || findTool(engine)
  if (!executablePath) throw new Error(`No ${engine}: \`npm test\` installs it, or says how.`)
  // Firefox is driven over WebDriver BiDi, because Playwright's own protocol needs Playwright's own Firefox.
  if (engine === 'firefox') return firefox.launch({ channel: 'moz-firefox', executablePath })
  return chromium.launch({
    executablePath,
    args: QUIET,
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  })
}

/**
 * Chromium may lose the order to close a tab that is changing processes, on its way to another site, and Playwright
 * waits for ever. The tab then ends with the browser.
 */
export async function closeContext(context: BrowserContext): Promise<void> {
  const closed = context.close().then(() => true)
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 10_000, false))
  closed.catch(() => {})
  if (!(await Promise.race([closed, late]))) {
    const urls = context.pages().map((page) => page.url())
    console.warn(`A context did not close within 10 s: ${urls.join(' ')}`)
  }
}
