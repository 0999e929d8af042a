// In Chromium, over HTTP on loopback: what a call costs with `auth.fetch`, beside `fetch` with a fixed header.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { serveApps } from './apps.mjs'
import { signIn } from './visits.mjs'

const root = fileURLToPath(new URL('app', import.meta.url))
const KILOBYTE = JSON.stringify({ text: 'x'.repeat(1000) })
/** Asked for once: each call is one request then. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization',
  'access-control-max-age': '7200',
  'cache-control': 'no-store',
}

async function serveApi() {
  let requests = 0
  const server = createServer(({ method }, response) => {
    if (method !== 'OPTIONS') requests++
    response.writeHead(200, { ...CORS, 'content-type': 'application/json' })
    response.end(method === 'OPTIONS' ? '' : KILOBYTE)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}/orders`,
    requests: () => requests,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * Runs in the page: medians, of calls that are made in turn.
 *
 * @param {{ url: string, rounds: number }} given
 */
async function measureCalls({ url, rounds }) {
  const { auth } = /** @type {any} */ (window)
  const headers = { authorization: `Bearer ${await auth.getAccessToken()}` }
  const contenders = {
    evertoken: () => auth.fetch(url),
    bare: () => fetch(url, { headers }),
  }
  /** @type {Record<keyof typeof contenders, number[]>} */
  const times = { evertoken: [], bare: [] }
  const names = /** @type {(keyof typeof contenders)[]} */ (Object.keys(contenders))
  for (let round = -rounds / 5; round < rounds; round++) {
    for (const name of round % 2 ? names : names.toReversed()) {
      const start = performance.now()
      await (await contenders[name]()).text()
      if (round >= 0) times[name].push(performance.now() - start)
    }
  }
  /** @param {number[]} all */
  const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN
  return { evertoken: median(times.evertoken), bare: median(times.bare) }
}

/** @param {{ rounds: number }} given */
export async function benchCalls({ rounds }) {
  const api = await serveApi()
  process.env['VITE_API'] = api.url
  const apps = await serveApps({ evertoken: { root, page: 'evertoken.html' } }, { latency: 0 })
  try {
    const { page } = await signIn(apps, 'evertoken')
    const [before, asked] = [api.requests(), apps.provider.requests.length]
    const times = await page.evaluate(measureCalls, { url: api.url, rounds })
    return {
      ...times,
      /** Beyond the calls themselves. */
      further: api.requests() - before - rounds * 2.4 + apps.provider.requests.length - asked,
    }
  } finally {
    await apps.close()
    api.close()
    delete process.env['VITE_API']
  }
}
