// `npm run test:tools`: the packed package in the hands of the tools that people have, one after the other. Prints the
// table of what was really tried, and writes it into docs/tools.md when all of it held. `npm run test:tools vite jest`
// tries those alone and writes nothing.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withNodes } from './nodes.mjs'
import { root } from './run.mjs'
import { finish, step, vitest } from './steps.mjs'
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
const begin = '<!-- printed by npm run test:tools -->'
const end = '<!-- end -->'
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
    const outcome = await vitest([...files, ...projects, ...alone], { minutes: 25, ...options })
    for (const [, row] of outcome.output.matchAll(/^tried: (.+)$/gm)) {
      // As Markdown, a tag would be one.
      rows.push(`| ${row?.replaceAll(/<\w+>/g, '`$&`')} |`)
    }
    return outcome
  })
}

let ok = true
for (const [name, files] of Object.entries(tools)) {
  if (wanted.length === 0 || wanted.includes(name)) ok = (await tryTool(name, files)) && ok
}
if (wanted.length === 0 || wanted.includes('node')) {
  await withNodes(async (version, node) => {
    ok = (await tryTool(`Node ${version}`, ['test/tools/node'], { node })) && ok
  })
}

const table = ['| With | Tried | Seen |', '| --- | --- | --- |', ...rows].join('\n')
console.log(`\n${table}\n`)
if (ok && wanted.length === 0) {
  const file = join(root, 'docs/tools.md')
  const text = readFileSync(file, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const after = rest.split(end)[1] ?? ''
  writeFileSync(file, `${before}${begin}\n\n${table}\n\n${end}${after}`)
}
finish()
