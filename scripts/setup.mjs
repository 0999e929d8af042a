// `npm run setup`: everything the tests need beside `npm install`. What is here it leaves alone.
import { install, OLDEST_QUERY, REACT_18 } from './installs.mjs'
import { step } from './steps.mjs'
import { canInstall, howToInstall, installTools, missingTools } from './system-tools.mjs'

const tools = await step('Chromium, Firefox, WebKit and Redis are here', async () => {
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
const react = await step('React 18 is installed beside 19', () => install(REACT_18))
const query = await step('The oldest TanStack Query is installed beside the newest', () =>
  install(OLDEST_QUERY),
)
process.exit(tools && react && query ? 0 : 1)
