// `npm run setup`: everything the tests need beside `npm install`. What is here it leaves alone.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './run.mjs'
import { step } from './steps.mjs'
import { canInstall, howToInstall, installTools, missingTools } from './system-tools.mjs'

const react18 = join(root, 'test/react-18')

const tools = await step('Chromium, Firefox and Redis are here', async () => {
  const missing = missingTools()
  if (missing.length === 0) return { ok: true, output: '' }
  return canInstall() ? installTools(missing) : { ok: false, output: howToInstall(missing) }
})
await step('Most browser tests run in Chromium’s headless shell, if it is to be had', async () => {
  const missing = missingTools(['chromium-headless-shell'])
  if (missing.length > 0 && canInstall()) await installTools(missing)
  const found = missing.length === 0 || missingTools(missing).length === 0
  return { ok: true, output: found ? '' : 'figure: not here, so they run in Chromium itself' }
})
const react = await step('React 18 is installed beside 19', async () =>
  existsSync(join(react18, 'node_modules/react'))
    ? { ok: true, output: '' }
    : run('npm', ['ci'], { cwd: react18 }),
)
process.exit(tools && react ? 0 : 1)
