// `npm run test:tools`: the packed package in the hands of the tools that people have, one after the other. Prints the
// table of what was really tried, and writes it into docs/tools.md when all of it held. `npm run test:tools vite jest`
// tries those alone and writes nothing.
import { withNodes } from './nodes.mjs'
import { writeIntoDocs } from './printed-table.mjs'
import { finish, npmScript, step, vitest } from './steps.mjs'
import { howToInstall, missingTools } from './system-tools.mjs'

const missing = missingTools(['chromium', 'firefox'])
if (missing.length > 0) throw new Error(howToInstall(missing))

/** What is tried, and the files that try it. */
const tools = {
  vite: ['test/package/vite.test', 'test/package/vite-7', 'test/tools/vite'],
  webpack: ['test/package/webpack'],
  rspack: ['test/package/rspack'],
  esbuild: ['test/package/esbuild'],
  parcel: ['test/tools/parcel'],
  next: ['test/package/next', 'test/tools/next-15'],
  'import-map': ['test/package/import-map'],
  jest: ['test/package/jest'],
  vitest: ['test/package/vitest'],
  typescript: ['test/package/types'],
  firefox: ['test/tools/firefox'],
}
const wanted = process.argv.slice(2)
const names = [...Object.keys(tools), 'node']
for (const name of wanted) {
  if (!names.includes(name)) throw new Error(`${name} is none of ${names.join(', ')}`)
}
const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name)
/** @type {string[]} */
const rows = []

/**
 * @param {string} name
 * @param {string[]} files
 * @param {{ node?: string }} [options]
 */
async function tryTool(name, files, options = {}) {
  return step(`${name} works with evertoken`, async () => {
    const projects = ['--project=package', '--project=tools']
    const alone = ['--fileParallelism=false']
    const env = { BUILT: '1' }
    const given = [...files, ...projects, ...alone]
    const outcome = await vitest(given, { env, minutes: 25, ...options })
    for (const [, row] of outcome.output.matchAll(/^tried: (.+)$/gm)) {
      // As Markdown, a tag would be one.
      rows.push(`| ${row?.replaceAll(/<\w+>/g, '`$&`')} |`)
    }
    return outcome
  })
}

let ok = await step('The package builds', () => npmScript('build'))
if (!ok) finish()
for (const [name, files] of Object.entries(tools)) {
  if (isWanted(name)) ok = (await tryTool(name, files)) && ok
}
if (isWanted('node')) {
  const here = await withNodes(async (version, node) => {
    ok = (await tryTool(`Node ${version}`, ['test/tools/node'], { node })) && ok
  })
  ok = here && ok
}

const table = ['| With | Tried | Seen |', '| --- | --- | --- |', ...rows].join('\n')
console.log(`\n${table}\n`)
if (ok && wanted.length === 0) writeIntoDocs('tools.md', 'npm run test:tools', table)
finish()
