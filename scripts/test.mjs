// `npm test`: everything a change must keep true. Needs Node and, for the browsers, Debian's packages or CHROMIUM and
// FIREFOX. Fast refusals come first; browsers get the machine to themselves.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBrowsers } from './browsers.mjs'
import { build } from './build.mjs'
import { formatting, lint, types, unused } from './checks.mjs'
import { checkReadme } from './check-readme.mjs'
import { bin, root, run } from './run.mjs'
import { finish, step, vitest } from './steps.mjs'

const react18 = join(root, 'test/react-18')
const dist = { TEST_DIST: '1' }

const browsers = await step('Chromium and Firefox are here', ensureBrowsers)
await Promise.all([
  step('Types hold', types),
  step('Lint finds nothing, and imports go one way', lint),
  step('Nothing is unused or undeclared', unused),
  step('Formatting is prettier’s', formatting),
])
const built = await step('The package builds, and its worker is one file', build)

await step('Protocol, policy, vault and client do what they say', () => vitest('unit'))
await step('Hooks and components do what they say under React 19', () => vitest('react'))
const has18 = await step('React 18 is installed beside 19', async () =>
  existsSync(join(react18, 'node_modules/react'))
    ? { ok: true, output: '' }
    : run('npm', ['ci'], { cwd: react18 }),
)
if (has18) {
  await step('They do the same under React 18', () =>
    vitest('react', { env: { TEST_REACT: '18' } }),
  )
}
if (built) {
  // Of the client's tests the ones that take it by its public name: the others are given their page, from within.
  await step('The built client refuses and accepts the same options', () =>
    vitest('unit', { env: dist, args: ['test/client/options'] }),
  )
  await step('The built hooks pass the hooks’ tests', () => vitest('react', { env: dist }))
  await step('The stories build', () =>
    run(bin('storybook'), ['build', '-c', 'storybook', '-o', 'storybook-static', '--quiet']),
  )
  await step('The README compiles against the package', checkReadme)
  await step('The packed package is whole, small and usable', () => vitest('package'))
  if (browsers) {
    await step('Sessions survive real browsers', () => vitest('browser', { minutes: 12 }))
  }
}
finish()
