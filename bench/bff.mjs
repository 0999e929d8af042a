// The backend on Node, in a process of its own, beside the plainest fetch-based pass-through on the same server, in turn in one
// run. Load and upstream are in this process: only the server's CPU time counts.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { ORIGIN } from './bff-options.mjs'

const AT_A_TIME = 32
const KIB = 'x'.repeat(1024)
const UPLOAD = 50 * 2 ** 20
const CHUNK = Buffer.alloc(2 ** 16, 97)

/** @typedef {{ cpu: NodeJS.CpuUsage, most: number }} Usage */

export async function benchBff() {
  const upstream = createServer((incoming, outgoing) => {
    incoming.resume().once('end', () => {
      outgoing.writeHead(200, { 'content-type': 'text/plain' }).end(KIB)
    })
  })
  await new Promise((resolve) => upstream.listen(0, '127.0.0.1', () => resolve(undefined)))
  const server = fork(
    fileURLToPath(new URL('./bff-server.mjs', import.meta.url)),
    [`http://127.0.0.1:${portOf(upstream)}`],
    { execArgv: ['--expose-gc'] },
  )
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME })
  try {
    const [{ port, cookie }] = await once(server, 'message')
    const at = { agent, host: '127.0.0.1', port, headers: { cookie, 'x-csrf': '1' } }
    const proxied = await compare(server, at)
    const check = await checkSessions(server)
    const upload = await uploadTo(server, at)
    return { proxied, check, upload }
  } finally {
    agent.destroy()
    server.disconnect()
    upstream.closeAllConnections()
    upstream.close()
  }
}

/**
 * @param {import('node:child_process').ChildProcess} server
 * @param {import('node:http').RequestOptions} at
 */
async function compare(server, at) {
  const ways = /** @type {const} */ (['evertoken', 'byFetch', 'plain'])
  const paths = { evertoken: '/bff/api/up/x', byFetch: '/fetch/api/up/x', plain: '/plain/x' }
  /** @type {Record<typeof ways[number], { cpu: number[], rate: number[] }>} */
  const seen = {
    evertoken: { cpu: [], rate: [] },
    byFetch: { cpu: [], rate: [] },
    plain: { cpu: [], rate: [] },
  }
  const count = 3000
  for (let round = -1; round < 5; round++) {
    for (const way of round % 2 ? ways : ways.toReversed()) {
      const before = await usageOf(server)
      const start = performance.now()
      await load(count, { ...at, path: paths[way] })
      const seconds = (performance.now() - start) / 1000
      const { cpu } = await usageOf(server)
      // The first round is the compiler's.
      if (round < 0) continue
      const used = cpu.user + cpu.system - before.cpu.user - before.cpu.system
      seen[way].cpu.push(used / count / 1000)
      seen[way].rate.push(count / seconds)
    }
  }
  const medians = (/** @type {typeof ways[number]} */ way) => ({
    cpu: median(seen[way].cpu),
    rate: median(seen[way].rate),
  })
  return { evertoken: medians('evertoken'), byFetch: medians('byFetch'), plain: medians('plain') }
}

/** CPU time of one session check, ms. @param {import('node:child_process').ChildProcess} server */
async function checkSessions(server) {
  const times = []
  for (let round = 0; round < 4; round++) {
    server.send({ ask: 'checks', count: 5000 })
    const [time] = await once(server, 'message')
    if (round > 0) times.push(time / 1000)
  }
  return median(times)
}

/**
 * The most memory that the server held while a long body went through it, above what it held before, bytes.
 *
 * @param {import('node:child_process').ChildProcess} server
 * @param {import('node:http').RequestOptions} at
 */
async function uploadTo(server, at) {
  server.send({ ask: 'watch' })
  const [before] = await once(server, 'message')
  const headers = { ...at.headers, 'content-length': UPLOAD, origin: ORIGIN }
  const outgoing = request({ ...at, headers, method: 'PUT', path: '/bff/api/up/file' })
  const answered = once(outgoing, 'response')
  for (let sent = 0; sent < UPLOAD; sent += CHUNK.length) {
    if (!outgoing.write(CHUNK)) await once(outgoing, 'drain')
  }
  outgoing.end()
  const [response] = await answered
  if (response.statusCode !== 200) throw new Error(`The upload was answered ${response.statusCode}`)
  response.resume()
  return (await usageOf(server)).most - before
}

/** @param {import('node:child_process').ChildProcess} server @returns {Promise<Usage>} */
async function usageOf(server) {
  server.send({ ask: 'usage' })
  const [usage] = await once(server, 'message')
  return usage
}

/** @param {number} count @param {import('node:http').RequestOptions} options */
async function load(count, options) {
  let left = count
  const one = async () => {
    while (left-- > 0) {
      const [response] = await once(request(options).end(), 'response')
      if (response.statusCode !== 200) throw new Error(`${options.path}: ${response.statusCode}`)
      let size = 0
      for await (const chunk of response) size += chunk.length
      if (size !== KIB.length) throw new Error(`${options.path}: ${size} bytes`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, one))
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

/** @param {import('node:http').Server} server */
function portOf(server) {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
