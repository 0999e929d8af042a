import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { findTool, howToInstall } from '../../scripts/system-tools.mjs'
import { forwardTo } from './forward-to.ts'
import { forwardUpgrade } from './forward-upgrade.ts'
import type { FromProcess, ProcessSettings } from './messages.ts'
import { ServerWatch, type ServerView } from './server-view.ts'

export interface Backend {
  watch: ServerWatch
  /** Answers with one process after the other. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The same for WebSockets. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  close(): void
}

export interface BackendOptions extends Pick<ProcessSettings, 'issuer' | 'clientId' | 'api'> {
  /** `redis`: two processes, on a redis-server that is started for them. */
  store: ServerView['store']
  /** Resolves when it is known: the demo's own port. */
  origin: Promise<string>
}

/** @throws Error that says what STORE may be, or how to come by a redis-server */
export function checkStore(store = 'memory'): ServerView['store'] {
  if (store !== 'memory' && store !== 'redis') {
    throw new Error(`STORE is ${JSON.stringify(store)}. It may be memory, the default, or redis.`)
  }
  if (store === 'redis' && !findTool('redis-server')) {
    throw new Error(`STORE=redis starts a redis-server. ${howToInstall(['redis-server'])}`)
  }
  return store
}

/** Starts the demo's backend: one process, or two that share a Redis. */
export function startBackend({ store, origin, ...client }: BackendOptions): Backend {
  const children: ChildProcess[] = []
  const watch = new ServerWatch(store)
  const ports: number[] = []
  const key = randomBytes(32).toString('base64')
  let isClosed = false
  let turn = 0

  function start(file: string, args: string[] = []): ChildProcess {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
    // Not what a test runner is given.
    const child = fork(path, args, { stdio: [...stdio], execArgv: [] })
    children.push(child)
    if (isClosed) child.disconnect()
    return child
  }

  async function startProcess(name: string, settings: ProcessSettings): Promise<void> {
    const child = start('./process.mjs')
    const process = watch.started(name, child.pid ?? 0)
    await new Promise<void>((resolve, reject) => {
      let port: number | undefined
      child.on('message', (message: FromProcess) => {
        if (message.type === 'listening') ports.push((port = message.port))
        watch.hear(process, message)
        if (message.type === 'listening') resolve()
      })
      child.once('exit', () => {
        if (port !== undefined) ports.splice(ports.indexOf(port), 1)
        watch.ended(process)
        reject(new Error('A process of the backend ended.'))
      })
      child.send(settings)
    })
  }

  async function startAll(): Promise<void> {
    const redisUrl = store === 'redis' ? await startRedis() : undefined
    const settings = { ...client, key, origin: await origin, ...(redisUrl && { redisUrl }) }
    const names = redisUrl ? ['A', 'B'] : ['A']
    await Promise.all(names.map((name) => startProcess(name, settings)))
  }

  async function startRedis(): Promise<string> {
    const child = start('./redis.mjs', [findTool('redis-server')!])
    return await new Promise((resolve, reject) => {
      child.once('message', ({ url }: { url: string }) => {
        watch.view.redis = new URL(url).host
        resolve(url)
      })
      child.once('exit', () => reject(new Error('redis-server did not start.')))
    })
  }

  function next(): number | undefined {
    turn += 1
    return ports.length > 0 ? ports[turn % ports.length] : undefined
  }

  const started = startAll()
  // Said to whoever asks for it.
  started.catch(() => {})
  return {
    watch,
    async answer(request, response) {
      await started
      await forwardTo(next(), request, response)
    },
    async upgrade(request, socket, head) {
      await started
      forwardUpgrade(next(), request, socket, head)
    },
    close() {
      isClosed = true
      for (const child of children) if (child.connected) child.disconnect()
    },
  }
}
