// The server under measurement, in a process of its own, so that its CPU time and memory are its own: the backend, and
// beside it the plainest proxy that can be written with `fetch`.
import * as http from 'node:http'
import { Readable } from 'node:stream'
import {
  createBff,
  createMemoryStore,
  createTestProvider,
  runtimeEnvironment,
  toNodeHandler,
} from './built.mjs'
import { bffOptions, ORIGIN } from './bff-options.mjs'
import { signInAt } from './bff-sign-in.mjs'

const upstream = process.argv[2] ?? ''
const provider = await createTestProvider({ clientId: 'bench', alg: 'ES256' })
const environment = {
  ...runtimeEnvironment,
  /** @param {string} url @param {RequestInit} init */
  fetch: (url, init) =>
    url.startsWith(provider.issuer) ? provider.fetch(url, init) : fetch(url, init),
}
const options = {
  ...bffOptions(provider),
  store: createMemoryStore({}, environment),
  proxy: [{ name: 'up', upstream }],
}
const bff = createBff(options, environment)
// The same sessions, and the runtime's `fetch` towards the upstream.
/** @param {string} url @param {RequestInit} init */
const upstreamFetch = (url, init) => fetch(url, init)
const byFetch = createBff({ ...options, basePath: '/fetch', upstreamFetch }, environment)
const cookie = await signInAt(bff, provider)
const accessToken = [...provider.accessTokens.keys()][0] ?? ''

/**
 * What a team writes that does it by hand: a fetch with the token, and the body passed on.
 *
 * @param {import('node:http').IncomingMessage} incoming
 * @param {import('node:http').ServerResponse} outgoing
 */
async function plain({ url = '' }, outgoing) {
  const response = await fetch(upstream + url.slice('/plain'.length), {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  outgoing.writeHead(response.status, {
    'content-type': response.headers.get('content-type') ?? '',
  })
  if (response.body) Readable.fromWeb(/** @type {any} */ (response.body)).pipe(outgoing)
  else outgoing.end()
}

let most = 0
/** What is held: what nobody needs any more is collected before. */
const held = () => {
  globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return arrayBuffers + heapUsed
}
/** @type {NodeJS.Timeout | undefined} */
let sampling

const viaBff = toNodeHandler(bff)
const viaFetch = toNodeHandler(byFetch)
const server = http.createServer((incoming, outgoing) => {
  if (incoming.url?.startsWith('/plain')) void plain(incoming, outgoing)
  else if (incoming.url?.startsWith('/fetch')) viaFetch(incoming, outgoing)
  else viaBff(incoming, outgoing)
})

/** CPU time of session checks in this process, µs each. @param {number} count */
async function checkSessions(count) {
  const headers = { cookie, 'x-csrf': '1' }
  const before = process.cpuUsage()
  for (let at = 0; at < count; at++) {
    await bff.handle(new Request(`${ORIGIN}/bff/session`, { headers }))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** @param {{ ask: string, count?: number }} question */
async function answer({ ask, count = 0 }) {
  if (ask === 'checks') {
    process.send?.(await checkSessions(count))
    return
  }
  if (ask === 'watch') {
    most = held()
    sampling = setInterval(() => (most = Math.max(most, held())), 20)
    process.send?.(most)
    return
  }
  clearInterval(sampling)
  process.send?.({ cpu: process.cpuUsage(), most })
}
process.on('message', (/** @type {{ ask: string, count?: number }} */ asked) => void answer(asked))
process.once('disconnect', () => process.exit(0))
// While session checks are counted nobody is served.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  process.send?.({ port: address.port, cookie })
})
