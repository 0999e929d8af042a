// A server of Node's with the handler, a real provider, and a browser that goes between them over the network.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBff, type Bff } from '../../../src/bff/create-bff.ts'
import { runtimeEnvironment, type BffEnvironment } from '../../../src/bff/environment.ts'
import type { BffEvent } from '../../../src/bff/events.ts'
import type { BffOptions } from '../../../src/bff/options.ts'
import { toNodeHandler } from '../../../src/bff/node/to-node-handler.ts'
import { createMemoryStore } from '../../../src/bff/sessions/memory-store.ts'
import { startProvider, type StandInProvider } from '../../../demo/provider/index.ts'
import type { ProviderOptions } from '../../../demo/provider/provider.ts'
import { KEY_ONE } from '../setup.ts'

export interface World {
  provider: StandInProvider
  origin: string
  server: Server
  bff: Bff
  store: NonNullable<BffOptions['store']>
  events: BffEvent[]
  close(): Promise<void>
}

/** What an application puts around the backend. */
export type Wrap = (bff: Bff) => Pick<Bff, 'handle'>

export async function startWorld(
  options: Partial<BffOptions> = {},
  settings: ProviderOptions = {},
  wrap: Wrap = (bff) => bff,
  env: BffEnvironment = runtimeEnvironment,
): Promise<World> {
  const provider = await startProvider({ autoLogin: 'alice', ...settings })
  const server = createServer()
  const origin = await listen(server)
  const events: BffEvent[] = []
  const store = options.store ?? createMemoryStore()
  const bff = createBff(
    {
      issuer: provider.issuer,
      clientId: 'spa',
      clientAuthentication: { method: 'none' },
      baseUrl: origin,
      keys: [KEY_ONE],
      onEvent: (event) => events.push(event),
      ...options,
      store,
    },
    env,
  )
  server.on('request', toNodeHandler(wrap(bff)))
  return {
    ...{ provider, origin, server, bff, store, events },
    async close() {
      await bff.close()
      await closeServer(server)
      await provider.close()
    },
  }
}

export function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

export function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => void server.close(() => resolve()))
}

/** One person's browser: a cookie jar for each origin. */
export class NetworkBrowser {
  readonly #jars = new Map<string, Map<string, string>>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /** What goes with a request to the application. */
  get cookie(): string {
    const jar = this.#jars.get(this.#origin) ?? new Map<string, string>()
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** The cookies of an origin are gone, and with them whom it knew. */
  forget(origin: string): void {
    this.#jars.delete(origin)
  }

  /** The person is sent on until an address of `origin`, which is not asked for. */
  async follow(start: string, origin: string): Promise<string> {
    let url = new URL(start)
    for (let hops = 0; hops < 20 && url.origin !== origin; hops++) {
      const response = await this.#send(url.href)
      await response.body?.cancel()
      url = new URL(response.headers.get('location') ?? '', url)
    }
    return url.href
  }

  /** The person goes there, and wherever they are sent. @returns the last address within `origin` that is no route of ours */
  async visit(start: string): Promise<string> {
    let url = new URL(start, this.#origin)
    for (let hops = 0; hops < 20; hops++) {
      const response = await this.#send(url.href)
      const location = response.headers.get('location')
      const text = await response.text()
      if (!location) throw new Error(`${url.href} answered ${response.status} ${text}`)
      url = new URL(location, url)
      if (url.origin === this.#origin && !url.pathname.startsWith('/bff/')) return url.href
    }
    throw new Error('Too many redirects')
  }

  /** @param origin of the process that a load balancer leads the request to; cookies are those of the one origin */
  call(path: string, init: RequestInit = {}, origin = this.#origin): Promise<Response> {
    const headers = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin', ...(init.headers as object) }
    return this.#send(origin + path, { ...init, headers }, this.#origin)
  }

  async #send(url: string, init: RequestInit = {}, origin = new URL(url).origin) {
    const jar = this.#jars.get(origin) ?? new Map<string, string>()
    this.#jars.set(origin, jar)
    const headers = new Headers(init.headers)
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0(;|$)/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
}
