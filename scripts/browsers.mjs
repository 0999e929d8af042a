// The browsers are the system's: nothing is downloaded by a test tool, and on Debian they are a package away.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'

const names = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  firefox: ['firefox-esr', 'firefox'],
}

/**
 * The path of a browser, or undefined. CHROMIUM and FIREFOX in the environment come first.
 *
 * @param {keyof typeof names} browser
 */
export function findBrowser(browser) {
  const given = process.env[browser.toUpperCase()]
  if (given) return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = names[browser].flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => existsSync(path))
}

/** Both browsers, installed where that is one command away; otherwise says what to do. */
export async function ensureBrowsers() {
  if (missing().length > 0 && existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    const update = await run('apt-get', ['update', '-q'], { env, minutes: 5 })
    const packages = missing().map((browser) => (browser === 'firefox' ? 'firefox-esr' : browser))
    const install = await run(
      'apt-get',
      ['install', '-y', '-q', '--no-install-recommends', ...packages],
      { env, minutes: 10 },
    )
    if (missing().length > 0) return { ok: false, output: update.output + install.output }
  }
  if (missing().length > 0) {
    const output = `Not found: ${missing().join(', ')}. Install Chromium and Firefox ESR (Debian: apt-get install chromium firefox-esr), or name their executables in CHROMIUM and FIREFOX.`
    return { ok: false, output }
  }
  const found = [findBrowser('chromium'), findBrowser('firefox')]
  const versions = found.map((path) =>
    execFileSync(path ?? '', ['--version'], { encoding: 'utf8' }),
  )
  return { ok: true, output: versions.map((version) => `figure: ${version.trim()}`).join('\n') }
}

function missing() {
  return /** @type {const} */ (['chromium', 'firefox']).filter((browser) => !findBrowser(browser))
}
