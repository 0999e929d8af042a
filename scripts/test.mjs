// `npm test`: everything a change must keep true; `npm run check` is its fast part (--fast). Fast refusals come first;
// browsers get the machine to themselves.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkReadme } from './check-readme.mjs'
import { root } from './run.mjs'
import { finish, npmScript, step, vitest } from './steps.mjs'
import { canInstall, findTool, howToInstall, missingTools } from './system-tools.mjs'

const fast = process.argv.includes('--fast')
const dist = { TEST_DIST: '1' }
const hasReact18 = () => existsSync(join(root, 'test/react-18/node_modules/react'))

/** What the tests need and is not here, by `npm run setup`, which asks for root only where it is root already. */
async function setUp() {
  const missing = [
    ...(canInstall() ? missingTools(['chromium', 'firefox']) : []),
    ...(hasReact18() ? [] : ['React 18']),
  ]
  if (missing.length === 0) return
  console.log(`Missing: ${missing.join(', ')}. This runs \`npm run setup\`, which installs it.`)
  const { output } = await npmScript('setup')
  console.log(output.replaceAll(/^/gm, '    '))
}

async function findBrowsers() {
  const missing = missingTools(['chromium', 'firefox'])
  if (missing.length > 0) return { ok: false, output: howToInstall(missing) }
  const versions = [findTool('chromium'), findTool('firefox')].map((path) =>
    execFileSync(path ?? '', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  return { ok: true, output: versions.map((version) => `figure: ${version.trim()}`).join('\n') }
}

if (!fast) await setUp()
const browsers = fast || (await step('Chromium and Firefox are here', findBrowsers))
await Promise.all([
  step('Types hold', () => npmScript('types')),
  step('Lint finds nothing, and imports go one way', () => npmScript('lint')),
  step('Nothing is unused or undeclared', () => npmScript('unused')),
  step('Formatting is prettier’s', () => npmScript('format:check')),
])
await step('Protocol, policy, vault and client do what they say', () => vitest(['--project=unit']))
await step('Hooks and components do what they say under React 19', () =>
  vitest(['--project=react']),
)
if (fast) finish()

await step('They do the same under React 18', async () =>
  hasReact18()
    ? vitest(['--project=react'], { env: { TEST_REACT: '18' } })
    : { ok: false, output: 'React 18 is missing: `npm run setup` installs it.' },
)
if (await step('The package builds', () => npmScript('build'))) {
  // Of the client's tests the ones that take it by its public name: the others are given their page, from within.
  await step('The built client refuses and accepts the same options', () =>
    vitest(['--project=unit', 'test/client/options'], { env: dist }),
  )
  await step('The built hooks pass the hooks’ tests', () =>
    vitest(['--project=react'], { env: dist }),
  )
  await step('The stories build', () => npmScript('storybook:build'))
  await step('The README compiles against the package', checkReadme)
  await step('The packed package is whole, small and usable', () => vitest(['--project=package']))
  if (browsers) {
    await step('Sessions survive real browsers', () =>
      vitest(['--project=browser'], { minutes: 30 }),
    )
    // The other providers are not installed everywhere: `npm run test:interop`.
    await step('They do so with a provider set up as an Authing tenant', () =>
      vitest(['--project=interop', 'test/interop/seed'], { minutes: 20 }),
    )
  }
}
finish()
