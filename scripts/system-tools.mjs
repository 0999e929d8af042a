// What tests need of the system: browsers are not downloaded by a test tool, for on Debian they are a package away.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'

const tools = {
  chromium: {
    executables: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
  },
  // The same engine without a desktop's browser around it: a third of the work.
  'chromium-headless-shell': {
    executables: ['chromium-headless-shell'],
    debianPackage: 'chromium-headless-shell',
  },
  firefox: { executables: ['firefox-esr', 'firefox'], debianPackage: 'firefox-esr' },
  // The driver of WebKitGTK, and the display that its browser cannot do without.
  webkit: { executables: ['WebKitWebDriver'], debianPackage: 'webkit2gtk-driver' },
  xvfb: { executables: ['Xvfb'], debianPackage: 'xvfb' },
  'redis-server': { executables: ['redis-server'], debianPackage: 'redis-server' },
}

/** @typedef {keyof typeof tools} SystemTool */

export const browserTools = /** @type {SystemTool[]} */ (['chromium', 'firefox', 'webkit', 'xvfb'])

/** What the tests cannot do without. Where there is no headless shell they use Chromium itself. */
const systemTools = /** @type {SystemTool[]} */ ([...browserTools, 'redis-server'])

/** @param {SystemTool} tool */
const variableOf = (tool) => tool.toUpperCase().replaceAll('-', '_')

/**
 * The path of a tool, or undefined. CHROMIUM, FIREFOX, WEBKIT, XVFB and REDIS_SERVER in the environment come first.
 *
 * @param {SystemTool} tool
 */
export function findTool(tool) {
  const given = process.env[variableOf(tool)]
  if (given) return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const { executables } = tools[tool]
  const candidates = executables.flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => existsSync(path))
}

/** @param {SystemTool[]} [wanted] */
export const missingTools = (wanted = systemTools) => wanted.filter((tool) => !findTool(tool))

/** Whether `npm run setup` can install what is missing: as root, on Debian. */
export const canInstall = () => existsSync('/etc/debian_version') && process.getuid?.() === 0

/**
 * What is missing, and the way to it.
 *
 * @param {SystemTool[]} missing
 */
export function howToInstall(missing) {
  const packages = missing.map((tool) => tools[tool].debianPackage).join(' ')
  const variables = missing.map(variableOf).join(', ')
  return `Missing: ${missing.join(', ')}. Install with \`apt-get install ${packages}\` or as your system does, or name the executable in ${variables}.`
}

/**
 * @param {SystemTool[]} missing
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function installTools(missing) {
  const { output } = await installPackages(missing.map((tool) => tools[tool].debianPackage))
  return { ok: missingTools(missing).length === 0, output }
}

/** @param {string[]} packages Debian's */
export async function installPackages(packages) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const update = await run('apt-get', ['update', '-q'], { env, minutes: 5 })
  const quietly = ['install', '-y', '-q', '--no-install-recommends']
  const install = await run('apt-get', [...quietly, ...packages], { env })
  return { ok: install.ok, output: `${update.output}\n${install.output}` }
}
