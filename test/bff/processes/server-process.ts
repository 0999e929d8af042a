import { fork, type ChildProcess } from 'node:child_process'
import type { BffEvent } from '../../../src/bff/events.ts'
import type { FromServer, Order, ServerSettings, ToServer } from './messages.ts'

/** One running process of `server.ts`. */
export class ServerProcess {
  readonly origin: string
  readonly events: BffEvent[] = []
  /** Everything that it wrote; a process that is well writes nothing. */
  output = ''
  readonly #child: ChildProcess
  readonly #exit: Promise<void>
  readonly #waiting = new Map<number, () => void>()
  #requests = 0

  static async start(file: string, settings: ServerSettings): Promise<ServerProcess> {
    const server = new ServerProcess(file, settings)
    await server.#ready
    return server
  }

  readonly #ready: Promise<void>

  private constructor(file: string, settings: ServerSettings) {
    this.origin = `http://127.0.0.1:${settings.port}`
    const child = fork(file, [JSON.stringify(settings)], { silent: true })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => (this.output += String(data)))
    }
    this.#exit = new Promise((resolve) => void child.once('exit', () => resolve()))
    this.#ready = new Promise((resolve, reject) => {
      child.on('message', (message: FromServer) => {
        if (message.type === 'listening') resolve()
        if (message.type === 'done') this.#waiting.get(message.id)?.()
        if (message.type === 'event') this.events.push(message.event)
      })
      child.once('exit', () => reject(new Error(`The server ended:\n${this.output}`)))
    })
    // One that is killed while it starts is asked for by nobody.
    this.#ready.catch(() => {})
  }

  /** Its clocks go forward. */
  async advance(ms: number): Promise<void> {
    await this.#order({ type: 'advance', ms })
  }

  /** @param ms how long its store may take. Default: long enough for a busy machine */
  async storeDeadline(ms?: number): Promise<void> {
    await this.#order({ type: 'store-deadline', ...(ms !== undefined && { ms }) })
  }

  /** @param ms how long the provider may take. Default: as long as an application gives it */
  async requestDeadline(ms?: number): Promise<void> {
    await this.#order({ type: 'request-deadline', ...(ms !== undefined && { ms }) })
  }

  async #order(order: Order): Promise<void> {
    await new Promise<void>((resolve) => {
      const message: ToServer = { id: (this.#requests += 1), ...order }
      this.#waiting.set(message.id, resolve)
      this.#child.send(message)
    })
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** Asks it to end when its requests are done. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#exit
  }
}
