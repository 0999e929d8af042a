// A redis-server for as long as the demo lives: started here, and not by the demo, so that it ends also where the demo is
// killed.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [executable = 'redis-server'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'evertoken-demo-'))
const port = await freePort()
// It writes nothing: the sessions of a demo end with it.
const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
const redis = spawn(executable, settings)

let output = ''
redis.stdout.on('data', (data) => {
  output += String(data)
  if (!/Ready to accept connections/.test(output)) return
  redis.stdout.removeAllListeners('data').resume()
  process.send?.({ url: `redis://127.0.0.1:${port}` })
})
redis.once('error', (error) => end(error.message))
redis.once('exit', () => end(output))

process.once('disconnect', () => redis.kill('SIGKILL'))
process.on('SIGINT', () => {})

/** @param {string} last what it said */
function end(last) {
  rmSync(folder, { recursive: true, force: true })
  if (process.connected) console.error(`redis-server ended:\n${last}`)
  process.exit()
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
