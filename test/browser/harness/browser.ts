import { chromium, firefox, type Browser, type BrowserContext } from 'playwright-core'
import { findTool } from '../../../scripts/system-tools.mjs'
import type { Engine, Profile } from './engine.ts'
import { onceMore } from './once-more.ts'
import { launchWebKit } from './webkit.ts'

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

/** How long a single order may take. */
const PATIENCE_MS = 120_000

export interface LaunchOptions {
  /** Default: Chromium. These two are driven by Playwright, and their tests have all that it has. */
  engine?: 'chromium' | 'firefox'
  /** Chromium as people have it, also where there is a headless shell: for what a whole browser may do otherwise. */
  whole?: boolean
  /** Playwright switches the back-forward cache off; this leaves it on. */
  backForwardCache?: boolean
}

/** For tests that are the same in every engine, and use of a tab what `Tab` has. */
export interface EngineOptions {
  engine: 'chromium' | 'firefox' | 'webkit'
}

/** A browser of the system, started once per test file; tests have contexts of their own, which share no worker. */
export function launch(options?: LaunchOptions): Promise<Browser>
export function launch(options: LaunchOptions | EngineOptions): Promise<Engine>
export async function launch(options: LaunchOptions | EngineOptions = {}): Promise<Engine> {
  return onceMore('the start of a browser', () => launchOnce(options))
}

async function launchOnce({
  engine = 'chromium',
  whole = false,
  backForwardCache = false,
}: Omit<LaunchOptions, 'engine'> & Partial<EngineOptions> = {}): Promise<Engine> {
  const shell = engine === 'chromium' && !whole && findTool('chromium-headless-shell')
  const executablePath = shell || findTool(engine)
  if (!executablePath) throw new Error(`No ${engine}: \`npm test\` installs it, or says how.`)
  if (engine === 'webkit') return launchWebKit(executablePath)
  // Firefox is driven over WebDriver BiDi, because Playwright's own protocol needs Playwright's own Firefox.
  const common = { executablePath, timeout: PATIENCE_MS }
  if (engine === 'firefox')
    return patient(await firefox.launch({ channel: 'moz-firefox', ...common }))
  return patient(
    await chromium.launch({
      ...common,
      args: QUIET,
      ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    }),
  )
}

/** Orders have half a minute by default: on a busy machine the load of a page takes longer. */
function patient(browser: Browser): Browser {
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(PATIENCE_MS)
    return context
  }
  return browser
}

type Closable = Profile & Partial<Pick<BrowserContext, 'pages'>>

/**
 * Chromium may lose the order to close a tab that is changing processes, on its way to another site, and Playwright
 * waits for ever. The tab then ends with the browser.
 */
export async function closeContext(context: Closable): Promise<void> {
  // One that cannot be closed, because the browser lost it, is closed.
  const closed = context.close().then(
    () => true,
    () => true,
  )
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, 10_000, false))
  if (!(await Promise.race([closed, late]))) {
    const urls = context.pages?.().map((page) => page.url()) ?? []
    console.warn(`A context did not close within 10 s: ${urls.join(' ')}`)
  }
}
