// `npm run try:next`: the packed package in a Next application, opened in Chromium; too slow for `npm test`. Prints what
// was seen, and fails when the session is lost, the URL not clean, the wrong page shown, or the console not silent.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { serveProvider } from '../bench/provider.mjs'
import { findBrowser } from './browsers.mjs'
import { build, stale } from './build.mjs'
import { nextApp } from './next-app.mjs'
import { run } from './run.mjs'

/** @param {{ ok: boolean, output: string }} result */
function orThrow({ ok, output }) {
  if (!ok) throw new Error(output)
}

process.env['NEXT_TELEMETRY_DISABLED'] = '1'
if (stale()) orThrow(await build())
const folder = mkdtempSync(join(tmpdir(), 'evertoken-next-'))
const next = join(folder, 'node_modules/.bin/next')
const provider = await serveProvider()
const browser = await chromium.launch({
  executablePath: findBrowser('chromium') ?? '',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})

async function install() {
  orThrow(await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]))
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const dependencies = {
    evertoken: `file:${tarball}`,
    next: '16.4.6',
    react: '^19.2.0',
    'react-dom': '^19.2.0',
    typescript: '5.9.3',
    '@types/node': '20',
    '@types/react': '19',
  }
  const files = nextApp(provider.metadata.issuer)
  files['package.json'] = JSON.stringify({ private: true, dependencies })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text.trimStart())
  }
  orThrow(await run('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder }))
}

/**
 * @param {string[]} args
 * @returns {Promise<{ url: string, stop: () => void }>}
 */
function serve(args) {
  return new Promise((resolve, reject) => {
    const server = spawn(next, [...args, '-p', '0'], { cwd: folder, detached: true })
    let output = ''
    /** @param {Buffer} data */
    const read = (data) => {
      output += data
      const url = /http:\/\/localhost:\d+/.exec(output)?.[0]
      const stop = () => void process.kill(-(server.pid ?? 0))
      if (url && output.includes('Ready')) resolve({ url, stop })
    }
    server.stdout.on('data', read)
    server.stderr.on('data', read)
    server.on('close', () => reject(new Error(output)))
  })
}

/** @param {string} url */
async function journey(url) {
  const context = await browser.newContext()
  const page = await context.newPage()
  /** @type {string[]} */
  const problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  let state = ''
  page.on('request', (request) => {
    state = new URL(request.url()).searchParams.get('state') ?? state
  })
  /** @param {string} path @param {string} title */
  const settled = async (path, title) => {
    // All of it at one moment: the page that one leaves for the provider has the same path and heading, and the one
    // that one comes back to is signed in before it goes on to that path.
    const there = `location.pathname === '${path}' && location.search === '' &&
      document.querySelector('h1')?.textContent === '${title}' &&
      document.querySelector('#status')?.textContent.trim() === 'signed-in ready'`
    await page.waitForFunction(there).catch(async () => {
      throw new Error(`At ${page.url()}, not ${path}: ${await page.locator('body').innerText()}`)
    })
    const { vault } = JSON.parse(await page.locator('#diagnostics').innerText())
    assert.equal(vault, 'worker')
  }
  try {
    // Back to the page where the user was, which is not the one that the provider comes back to.
    await page.goto(`${url}/orders`)
    await page.getByText('signed-out unavailable').waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await settled('/orders', 'Orders')
    await page.getByText('Three orders.').waitFor()

    const before = provider.requests.length
    await page.reload()
    await settled('/orders', 'Orders')
    assert.deepEqual(provider.requests.slice(before), [])

    // An answer that nobody waits for leaves the address bar too, and the session as it was.
    await page.goto(`${url}/?code=old&state=${state.replace(/\w+$/, '0'.repeat(32))}`)
    await settled('/', 'Home')
    assert.deepEqual(problems, [])
  } finally {
    await context.close()
  }
}

try {
  await install()
  for (const bundler of ['--turbopack', '--webpack']) {
    for (const mode of ['dev', 'start']) {
      if (mode === 'start') orThrow(await run(next, ['build', bundler], { cwd: folder }))
      const { url, stop } = await serve(mode === 'dev' ? ['dev', bundler] : ['start'])
      try {
        // Next's development server may reload a page that it has just compiled for the first time.
        for (const path of ['/', '/orders']) await fetch(url + path)
        await journey(url)
        console.log(`✓ next ${mode} (${bundler.slice(2)}): signed in, worker, reload, clean URL`)
      } catch (error) {
        process.exitCode = 1
        console.log(`✗ next ${mode} (${bundler.slice(2)}): ${String(error)}`)
      } finally {
        stop()
      }
    }
  }
} finally {
  await browser.close()
  provider.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
