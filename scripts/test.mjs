// `npm test`: everything a change must keep true; `npm run check` is its fast part (--fast). The build comes first, then
// three rows of steps at a time: one that computes, and two that mostly wait for what they have started.
import { execFileSync } from 'node:child_process'
import { basename } from 'node:path'
import { checkDocs, checkReadme } from './check-readme.mjs'
import { isInstalled, OLDEST_QUERY, REACT_18 } from './installs.mjs'
import { finish, npmScript, step, vitest } from './steps.mjs'
import { browserTools, canInstall, findTool, howToInstall, missingTools } from './system-tools.mjs'

const fast = process.argv.includes('--fast')
const dist = { TEST_DIST: '1' }

/** What the tests need and is not here, by `npm run setup`, which asks for root only where it is root already. */
async function setUp() {
  const missing = [
    ...(canInstall()
      ? missingTools([...browserTools, 'chromium-headless-shell', 'redis-server'])
      : []),
    ...(isInstalled(REACT_18) ? [] : ['React 18']),
    ...(isInstalled(OLDEST_QUERY) ? [] : ['the oldest TanStack Query']),
  ]
  if (missing.length === 0) return
  console.log(`Missing: ${missing.join(', ')}. This runs \`npm run setup\`, which installs it.`)
  const { output } = await npmScript('setup')
  console.log(output.replaceAll(/^/gm, '    '))
}

/** @param {string} path */
function versionOf(path) {
  const version = execFileSync(path, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
  return `${basename(path)}: ${version.toString().trim()}`
}

async function findBrowsers() {
  const missing = missingTools(browserTools)
  if (missing.length > 0) return { ok: false, output: howToInstall(missing) }
  const paths = [findTool('chromium'), findTool('chromium-headless-shell'), findTool('firefox')]
  const versions = paths.flatMap((path) => (path ? [versionOf(path)] : []))
  return { ok: true, output: versions.map((version) => `figure: ${version}`).join('\n') }
}

/** Refuse what a compiler and its like see, without running anything. */
const refusals = [
  () => step('Types hold', () => npmScript('types')),
  () => step('Lint finds nothing, and imports go one way', () => npmScript('lint')),
  () => step('Nothing is unused or undeclared', () => npmScript('unused')),
  () => step('Formatting is prettier’s', () => npmScript('format:check')),
]
const unit = () =>
  step('Protocol, policy, vault and client do what they say', () =>
    vitest(['--project=unit', '--project=alone']),
  )
const react = () =>
  step('Hooks and components do what they say under React 19', () => vitest(['--project=react']))

if (fast) {
  await Promise.all(refusals.map((refusal) => refusal()))
  await Promise.all([unit(), react()])
  finish()
}

async function components() {
  await react()
  await step('They do the same under React 18', async () =>
    isInstalled(REACT_18)
      ? vitest(['--project=react'], { env: { TEST_REACT: '18' } })
      : { ok: false, output: 'React 18 is missing: `npm run setup` installs it.' },
  )
  await step('A query cache belongs to its user with the oldest TanStack Query, too', async () => {
    if (!isInstalled(OLDEST_QUERY))
      return { ok: false, output: 'It is missing: `npm run setup` installs it.' }
    const env = { TEST_QUERY: 'oldest' }
    const cache = await vitest(['--project=unit', 'test/query'], { env })
    // The devtools are of one version with Query.
    return cache.ok ? vitest(['--project=react', 'query-binding', 'query-trees'], { env }) : cache
  })
}

/** What the build is good for. Nothing builds it again meanwhile: browsers are given files of it. */
async function product() {
  // Of the client's tests the ones that take it by its public name: the others are given their page, from within.
  await step('The built client refuses and accepts the same options', () =>
    vitest(['--project=unit', 'test/client/options'], { env: dist }),
  )
  await step('The built hooks pass the hooks’ tests', () =>
    vitest(['--project=react'], { env: dist }),
  )
  await step('The stories build', () => npmScript('storybook:build'))
  await step('The README compiles against the package', () => checkReadme())
  await step('The pages of docs/ compile against the package', checkDocs)
}

/** Needs the processors, one step after the other: more at once would only take them from the browsers. */
async function computing() {
  for (const refusal of refusals) await refusal()
  await unit()
  await components()
  if (built) await product()
}

/** Waits for its server processes, then for what npm installs and bundlers build. */
async function processes() {
  await step('Server processes that share a store refresh once, and lose nothing', () =>
    vitest(['--project=processes']),
  )
  if (!built) return
  await step('The packed package is whole, small and usable', () =>
    vitest(['--project=package'], { env: { BUILT: '1' } }),
  )
}

/** Waits for pages. It takes longest, so nothing comes before it. */
async function sessions() {
  if (!built || !browsers) return
  await step('Sessions survive real browsers', () => vitest(['--project=browser']))
  // The rest takes minutes, and providers that are not installed everywhere: `npm run test:interop`.
  await step('They do so with a provider set up as an Authing tenant', () =>
    vitest(['--project=interop', 'test/interop/seed-short']),
  )
}

await setUp()
const browsers = await step('Chromium, Firefox and WebKit are here', findBrowsers)
const built = await step('The package builds', () => npmScript('build'))
await Promise.all([sessions(), processes(), computing()])
finish()
