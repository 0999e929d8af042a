import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool, howToInstall } from '../../scripts/system-tools.mjs'
import { freePort } from './free-port.ts'

/** A real redis-server on a port of its own, which a test may stop, start and freeze. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** As `kill -9` does it, or a machine that loses its power: what is on the disk is there at the next start. */
  kill(): Promise<void>
  /** It answers nothing until it is thawed, and its connections stay open. */
  freeze(): void
  thaw(): void
  /** Ends it for good, and removes what it wrote. */
  remove(): Promise<void>
}

export interface RedisServerOptions {
  /** Whether it writes every change to the disk before it answers. Default: nothing is written. */
  durable?: boolean
  /** Default: one that is free. */
  port?: number
  /** Further arguments: `--cluster-enabled yes`. */
  args?: string[]
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const executable = findTool('redis-server')
  if (!executable) throw new Error(howToInstall(['redis-server']))
  const folder = mkdtempSync(join(tmpdir(), 'evertoken-redis-'))
  const port = options.port ?? (await freePort())
  const durable = options.durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  let child: ChildProcess | undefined

  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = spawn(executable, [...args, ...durable, ...(options.args ?? [])])
      await ready(child)
    },
    async kill() {
      const killed = child
      child = undefined
      if (!killed || killed.exitCode !== null) return
      const exit = new Promise((resolve) => killed.once('exit', resolve))
      killed.kill('SIGKILL')
      await exit
    },
    freeze() {
      child?.kill('SIGSTOP')
    },
    thaw() {
      child?.kill('SIGCONT')
    },
    async remove() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** Waits until it says so itself, which is when its port is open and its file is read. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout?.on('data', (data) => {
      output += String(data)
      if (/Ready to accept connections/.test(output)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`redis-server ended:\n${output}`)))
  })
}
