import { chromium, firefox, type Browser } from 'playwright-core'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const FIREFOX = process.env['FIREFOX'] ?? '/usr/bin/firefox-esr'

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
  /** Default: Debian's Chromium. */
  engine?: 'chromium' | 'firefox'
  /** Playwright switches the back-forward cache off; this leaves it on. */
  backForwardCache?: boolean
}

/** A browser of the system, started once per test file; tests have contexts of their own, which share no worker. */
export function launch({ engine, backForwardCache = false }: LaunchOptions = {}): Promise<Browser> {
  // Over WebDriver BiDi, for Playwright's own protocol needs Playwright's own Firefox.
  if (engine === 'firefox') {
    return firefox.launch({ channel: 'moz-firefox', executablePath: FIREFOX })
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: QUIET,
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  })
}
