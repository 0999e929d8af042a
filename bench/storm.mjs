// Every session expires at once, and the provider is slow: what it is asked, and what is lost.
import { createBff, createMemoryStore, createTestProvider, runtimeEnvironment } from './built.mjs'
import { bffOptions, ORIGIN } from './bff-options.mjs'
import { signInAt } from './bff-sign-in.mjs'

const EXPIRES_IN_S = 300
const LATENCY_MS = 100

/** @param {{ sessions: number }} options */
export async function benchStorm({ sessions }) {
  let ahead = 0
  const now = () => Date.now() + ahead
  const provider = await createTestProvider({
    ...{ now, clientId: 'bench', alg: 'ES256', rotate: true },
    ...{ expiresIn: EXPIRES_IN_S, refreshIdToken: false },
  })
  const environment = {
    ...runtimeEnvironment,
    ...{ fetch: provider.fetch, now, monotonic: () => performance.now() + ahead },
  }
  const bff = createBff(
    {
      ...bffOptions(provider),
      store: createMemoryStore({}, environment),
      mediated: [{}],
    },
    environment,
  )
  /** @type {string[]} */
  const cookies = []
  for (let at = 0; at < sessions; at++) cookies.push(await signInAt(bff, provider))
  ahead = 1000 * (EXPIRES_IN_S + 1)
  provider.always('token', async (act) => {
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS))
    return act()
  })
  const before = provider.requests('token').length
  const start = performance.now()
  const lost = (await Promise.all(cookies.map((cookie) => tokenOf(bff, cookie)))).filter(
    (status) => status !== 200,
  ).length
  const seconds = (performance.now() - start) / 1000
  await bff.close()
  return { seconds, lost, requests: provider.requests('token').length - before }
}

/** Asks again while the answer is 503, as pages do. @param {import('../src/bff/create-bff.ts').Bff} bff @param {string} cookie */
async function tokenOf(bff, cookie) {
  for (;;) {
    const headers = { cookie, 'x-csrf': '1', origin: ORIGIN }
    const init = { method: 'POST', headers }
    const response = await bff.handle(new Request(`${ORIGIN}/bff/token`, init))
    if (response?.status !== 503) return response?.status
    const wait = Number(response.headers.get('retry-after'))
    await new Promise((resolve) => setTimeout(resolve, wait * 1000))
  }
}
