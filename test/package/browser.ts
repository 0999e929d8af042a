import { chromium, type Browser } from 'playwright-core'
import { findBrowser } from '../../scripts/browsers.mjs'

/** The system's Chromium. Its own errands on the network are off: a closed network makes it slow. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findBrowser('chromium')
  if (!executablePath) throw new Error('No Chromium: `npm test` installs it, or says how.')
  return await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
