// Redis is killed, and started again: how long a request waits for its 503, and how long until it is answered again.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { findTool } from '../scripts/system-tools.mjs'
import {
  createBff,
  createRedisStore,
  createTestProvider,
  redisClientSettings,
  runtimeEnvironment,
} from './built.mjs'
import { bffOptions, ORIGIN } from './bff-options.mjs'
import { signInAt } from './bff-sign-in.mjs'

const ROUNDS = 5

/** @returns ms, the longest of several rounds; undefined without redis-server */
export async function benchRedisAway() {
  const executable = findTool('redis-server')
  if (!executable) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-bench-'))
  const port = await freePort()
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
  const start = () => startRedis(executable, ['--port', String(port), '--dir', folder, ...durable])
  let redis = await start()
  const client = createClient({ url: `redis://127.0.0.1:${port}`, ...redisClientSettings })
  try {
    const { bff, cookie } = await signedIn(createRedisStore({ client }))
    let refused = 0
    let back = 0
    for (let round = 0; round < ROUNDS; round++) {
      redis.kill('SIGKILL')
      await once(redis, 'exit')
      for (let call = 0; call < 10; call++) refused = Math.max(refused, await refusal(bff, cookie))
      // Long enough for the client to try less often.
      await wait(1_500)
      redis = await start()
      back = Math.max(back, await recovery(bff, cookie))
    }
    await bff.close()
    return { refused, back }
  } finally {
    client.destroy()
    redis.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {import('../src/bff.ts').SessionStore} store */
async function signedIn(store) {
  const provider = await createTestProvider({ clientId: 'bench', alg: 'ES256', rotate: true })
  const bff = createBff(
    { ...bffOptions(provider), store },
    { ...runtimeEnvironment, fetch: provider.fetch },
  )
  return { bff, cookie: await signInAt(bff, provider) }
}

/** @param {import('../src/bff.ts').Bff} bff @param {string} cookie */
async function sessionStatus(bff, cookie) {
  const headers = { cookie, 'x-csrf': '1' }
  const response = await bff.handle(new Request(`${ORIGIN}/bff/session`, { headers }))
  return response?.status
}

/** @param {import('../src/bff.ts').Bff} bff @param {string} cookie */
async function refusal(bff, cookie) {
  const start = performance.now()
  const status = await sessionStatus(bff, cookie)
  if (status !== 503) throw new Error(`Without Redis it answered ${status}`)
  return performance.now() - start
}

/** @param {import('../src/bff.ts').Bff} bff @param {string} cookie */
async function recovery(bff, cookie) {
  const start = performance.now()
  for (;;) {
    const status = await sessionStatus(bff, cookie)
    if (status === 200) return performance.now() - start
    if (performance.now() - start > 30_000) throw new Error('It does not come back.')
    await wait(5)
  }
}

/**
 * Until it takes connections.
 *
 * @param {string} executable
 * @param {string[]} args
 */
function startRedis(executable, args) {
  const child = spawn(executable, args)
  return new Promise((/** @type {(started: typeof child) => void} */ resolve, reject) => {
    child.once('error', reject)
    child.stdout.on('data', (data) => {
      if (String(data).includes('Ready to accept connections')) resolve(child)
    })
  })
}

/** @param {import('node:child_process').ChildProcess} child @param {string} event */
const once = (child, event) => new Promise((resolve) => child.once(event, resolve))

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
