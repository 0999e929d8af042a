// `npm run test:interop`: the built package with real OpenID providers, in Chromium and Firefox. Prints the table of what
// was seen, and writes it into docs/providers.md when all of it held. What is missing it names, and fails;
// `npm run test:interop -- --install` installs it first, on Debian as root. Names of providers try those alone.
import { install, isInstalled } from './installs.mjs'
import { writeIntoDocs } from './printed-table.mjs'
import { run } from './run.mjs'
import { finish, npmScript, step, vitest } from './steps.mjs'
import { canInstall, howToInstall, installPackages, missingTools } from './system-tools.mjs'

/**
 * What is tried, and what of Debian's packages, or of npm's in a folder of its own, it runs with.
 *
 * @type {Record<string, { debian?: string[], npm?: string }>}
 */
const providers = {
  seed: {},
  glewlwyd: { debian: ['glewlwyd', 'sqlite3'] },
  lemonldap: {
    debian: [
      'liblemonldap-ng-portal-perl',
      'libplack-perl',
      // Of those that the portal recommends, the ones that it does not start without.
      ...['libgd-perl', 'libgd-securityimage-perl', 'libimage-magick-perl', 'libio-string-perl'],
      ...['libemail-sender-perl', 'libmime-tools-perl', 'libstring-random-perl'],
    ],
  },
  django: { debian: ['python3-django-oauth-toolkit', 'python3-django-cors-headers'] },
  'better-auth': { npm: 'test/interop/rigs/better-auth' },
}

const given = process.argv.slice(2)
const mayInstall = given.includes('--install')
const wanted = given.filter((name) => name !== '--install')
for (const name of wanted) {
  if (!providers[name]) throw new Error(`${name} is none of ${Object.keys(providers).join(', ')}`)
}
const chosen = Object.entries(providers).filter(
  ([name]) => wanted.length === 0 || wanted.includes(name),
)

/** @param {string} name */
async function isOnDebian(name) {
  const { ok, output } = await run('dpkg-query', ['--show', '--showformat=${Status}', name])
  return ok && output.startsWith('install ok installed')
}

async function missingPackages() {
  const packages = chosen.flatMap(([, { debian = [] }]) => debian)
  const installed = await Promise.all(packages.map(isOnDebian))
  return packages.filter((_, index) => !installed[index])
}

const missingFolders = () =>
  chosen.flatMap(([, { npm }]) => (npm && !isInstalled(npm) ? [npm] : []))

/** What the installers said. */
async function setUp() {
  const said = []
  const packages = await missingPackages()
  if (packages.length > 0 && canInstall()) said.push(await installPackages(packages))
  for (const folder of missingFolders()) said.push(await install(folder))
  return said.map(({ output }) => output)
}

async function findProviders() {
  const said = mayInstall ? await setUp() : []
  const packages = await missingPackages()
  const missing = [
    ...(packages.length > 0 ? [`Debian packages: ${packages.join(' ')}`] : []),
    ...missingFolders().map((folder) => `npm packages: npm ci --prefix ${folder}`),
  ]
  if (missing.length === 0) return { ok: true, output: '' }
  const words = 'Missing, and installed by `npm run test:interop -- --install`, on Debian as root:'
  return { ok: false, output: [words, ...missing, ...said].join('\n') }
}

async function findBrowsers() {
  const missing = missingTools(['chromium', 'firefox'])
  return { ok: missing.length === 0, output: missing.length === 0 ? '' : howToInstall(missing) }
}

/** What was seen: step by provider by engine. @type {Map<string, Map<string, Map<string, string>>>} */
const seen = new Map()
/** @type {Set<string>} */
const heads = new Set()
/** @type {Set<string>} */
const engines = new Set()

/** @param {string} output */
function collect(output) {
  for (const [, name, version, language, engine = ''] of output.matchAll(
    /provider: (.+?) \| (.+?) \| (.+?) \| (.+)$/gm,
  )) {
    heads.add(`${name}|${version} (${language})`)
    engines.add(engine)
  }
  for (const [, name = '', engine = '', what = '', words = ''] of output.matchAll(
    /seen: (.+?) \| (.+?) \| (.+?) \| (.+)$/gm,
  )) {
    const byProvider = seen.get(what) ?? new Map()
    const byEngine = byProvider.get(name) ?? new Map()
    byEngine.set(engine, words)
    seen.set(what, byProvider.set(name, byEngine))
  }
}

/** One cell: what both engines saw alike, or each. @param {Map<string, string> | undefined} byEngine */
function cell(byEngine) {
  if (!byEngine) return 'not seen'
  const [first, ...others] = new Set(byEngine.values())
  if (others.length === 0 && byEngine.size === engines.size) return first
  return [...byEngine].map(([engine, words]) => `${engine}: ${words}`).join('; ')
}

function table() {
  const columns = [...heads].map((head) => head.split('|'))
  const lines = [...seen].map(([what, byProvider]) => {
    return `| ${[what, ...columns.map(([name = '']) => cell(byProvider.get(name)))].join(' | ')} |`
  })
  return [
    `| | ${columns.map(([name, version]) => `${name} ${version}`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    ...lines,
    '',
    `Seen in ${[...engines].join(' and ')}.`,
  ].join('\n')
}

let ok = await step('Chromium and Firefox are here', findBrowsers)
ok = (await step('The providers are here', findProviders)) && ok
ok = ok && (await step('The package builds', () => npmScript('build')))
if (ok) {
  for (const [name] of chosen) {
    const works = await step(`${name} works with evertoken`, async () => {
      const files = [`test/interop/${name}`]
      const outcome = await vitest(['--project=interop', ...files])
      collect(outcome.output)
      return outcome
    })
    ok = works && ok
  }
  console.log(`\n${table()}\n`)
}
if (ok && wanted.length === 0) writeIntoDocs('providers.md', 'npm run test:interop', table())
finish()
