import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { findTool } from '../../../scripts/system-tools.mjs'
import { freePort } from '../../support/free-port.ts'
import type { Engine, Profile } from './engine.ts'
import { onceMore } from './once-more.ts'
import { end, startOwn } from './own-process.ts'
import { WebDriver } from './webdriver.ts'
import { webProcesses } from './webkit-processes.ts'
import { WebKitTab } from './webkit-tab.ts'

/** WebKitGTK, the WebKit that Debian has: its driver starts its MiniBrowser, on a display that nobody sees. */
export async function launchWebKit(executable: string): Promise<Engine> {
  const xvfb = findTool('xvfb')
  if (!xvfb) throw new Error('No xvfb: `npm test` installs it, or says how.')
  const args = ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']
  const screen = startOwn(xvfb, args, ['ignore', 'ignore', 'ignore', 'pipe'])
  const signal = AbortSignal.timeout(60_000)
  const [number] = (await once(screen.stdio[3] as Readable, 'data', { signal })) as [Buffer]
  return {
    newContext: () =>
      onceMore('the start of a WebKit', () =>
        newProfile(executable, `:${number.toString().trim()}`),
      ),
    // A browser that did not end before loses its display now, and ends.
    close: () => end(screen),
  }
}

/** A browser of its own stands for a profile: it begins empty and keeps nothing. */
async function newProfile(executable: string, display: string): Promise<Profile> {
  const port = await freePort()
  const program = startOwn(executable, [`--port=${port}`], 'ignore', {
    DISPLAY: display,
    GDK_BACKEND: 'x11',
    // There is no graphics card, and in a container no right to make a sandbox.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
  })
  const driver = await WebDriver.connect(`http://127.0.0.1:${port}`).catch(
    async (error: unknown) => {
      await end(program)
      throw error
    },
  )
  // The browser ends with its last window. This one stays empty, and lives as long as the profile.
  const home = await driver.turn(() => driver.command('GET', '/window'))
  return {
    newPage: () =>
      driver.turn(async () => {
        await driver.command('POST', '/window', { handle: home })
        // Of the tabs of one window all but one would be hidden, and their timers slow.
        const made = await driver.command('POST', '/window/new', { type: 'window' })
        return new WebKitTab(driver, (made as { handle: string }).handle)
      }),
    processes: () => webProcesses(program.pid ?? 0),
    async close() {
      await driver.close().catch(() => {})
      await end(program)
    },
  }
}
