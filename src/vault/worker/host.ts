import { AuthError } from '../../errors.ts'
import { announcements } from '../announcements.ts'
import { TokenKeeper } from '../keeper/token-keeper.ts'
import { LocalVault } from '../keeper/local-vault.ts'
import { binding, channelName, clean } from '../vault-config.ts'
import type { Answer, Request } from './protocol.ts'
import type { BrowserVault } from '../vault.ts'
import type { VaultEnvironment } from '../environment.ts'

export interface Port {
  postMessage(message: Answer): void
}

/** What a port may call, besides `open`. */
const METHODS = [
  'discover',
  'keepTransaction',
  'takeTransaction',
  'exchangeCode',
  'getToken',
  'authorize',
  'userInfo',
  'endSession',
]

/**
 * The worker's side. Any script of the origin can open a port, so no message is trusted: what a port
 * opened decides which vault it speaks to, and another configuration is another, empty vault.
 */
export class VaultHost {
  readonly #env: VaultEnvironment
  readonly #vaults = new Map<string, BrowserVault>()

  constructor(env: VaultEnvironment) {
    this.#env = env
  }

  /** @returns what to do with each message of the port. */
  connect(port: Port): (message: unknown) => void {
    let vault: BrowserVault | undefined
    let forget = () => {}
    const post = (message: Answer) => {
      try {
        port.postMessage(message)
      } catch {
        // Nobody is there to hear it.
      }
    }

    const handle = async ({
      method,
      argument,
    }: Exclude<Request, { method: 'leave' }>): Promise<unknown> => {
      if (method === 'open') {
        forget()
        vault = this.#vault(argument)
        forget = vault.observe((event) => post({ event }))
        return vault.open()
      }
      if (!vault) throw new TypeError('open first')
      if (!METHODS.includes(method)) throw new TypeError('unknown method')
      // Each of them looks at its argument itself.
      return (vault[method] as (argument: unknown) => Promise<unknown>)(argument)
    }

    return (message) => {
      const request = message as Request
      if (typeof request?.id !== 'number') return
      // Not answered: any message would throw the page out of the back-forward cache.
      if (request.method === 'leave') return forget()
      const { id } = request
      handle(request).then(
        (value) => post({ id, value }),
        (error: unknown) =>
          post({
            id,
            error:
              error instanceof AuthError ? error.toJSON() : { message: (error as Error).message },
          }),
      )
    }
  }

  #vault(argument: unknown): BrowserVault {
    const config = clean(argument)
    const key = binding(config)
    let vault = this.#vaults.get(key)
    if (!vault) {
      vault = new LocalVault(this.#env, config, new TokenKeeper(this.#env, config), {
        announcements: announcements(this.#env, channelName(config)),
      })
      this.#vaults.set(key, vault)
    }
    return vault
  }
}
