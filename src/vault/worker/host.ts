import { AuthError } from '../../errors.ts'
import { claimInThread } from '../claim-once.ts'
import { instant, type VaultEnvironment } from '../environment.ts'
import { createLocalVault } from '../keeper/create-local-vault.ts'
import { parseTokenNeed } from '../keeper/parse-token-need.ts'
import { parseVaultConfig, vaultKey } from '../vault-config.ts'
import type { BrowserVault } from '../vault.ts'
import {
  parseCodeResponse,
  parseEndSession,
  parseProtectedRequest,
  parseState,
  parseSubject,
  parseTransaction,
} from './parse-argument.ts'
import type { Answer, Method, Reply, Value } from './protocol.ts'

export interface Port {
  postMessage(message: Answer): void
}

type OpenedMethod = Exclude<Method, 'open'>

/** What a port may call once it has opened a vault, each with its argument parsed. */
const HANDLERS: {
  [Name in OpenedMethod]: (vault: BrowserVault, argument: unknown) => Promise<Value<Name>>
} = {
  discover: (vault) => vault.discover(),
  keepTransaction: (vault, argument) => vault.keepTransaction(parseTransaction(argument)),
  takeTransaction: (vault, argument) => vault.takeTransaction(parseState(argument)),
  exchangeCode: (vault, argument) => vault.exchangeCode(parseCodeResponse(argument)),
  getToken: (vault, argument) => vault.getToken(parseTokenNeed(argument)),
  authorize: (vault, argument) => vault.authorize(parseProtectedRequest(argument)),
  userInfo: (vault, argument) => vault.userInfo(parseSubject(argument)),
  endSession: (vault, argument) => vault.endSession(parseEndSession(argument)),
}

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
    let stopObserving = () => {}
    const post = (answer: Answer) => {
      try {
        port.postMessage(answer)
      } catch {
        // The page is gone.
      }
    }

    const handle = async (method: unknown, argument: unknown): Promise<unknown> => {
      if (method === 'open') {
        stopObserving()
        vault = this.#vault(argument)
        stopObserving = vault.observe((event) => post({ event }))
        return vault.open()
      }
      if (!vault) throw new TypeError('open first')
      if (!isOpenedMethod(method)) throw new TypeError('unknown method')
      return HANDLERS[method](vault, argument)
    }

    return (message) => {
      const request = parseRequest(message)
      if (!request) return
      const { id, method, argument } = request
      // Not answered: any message would throw the page out of the back-forward cache.
      if (method === 'leave') return stopObserving()
      handle(method, argument).then(
        (value) => post({ id, value }),
        (error: unknown) => post({ id, error: errorReply(error) }),
      )
    }
  }

  #vault(argument: unknown): BrowserVault {
    const config = parseVaultConfig(argument)
    const key = vaultKey(config)
    const known = this.#vaults.get(key)
    if (known) return known
    const vault = createLocalVault(this.#env, config, {
      claimOnce: claimInThread(() => instant(this.#env)),
    })
    this.#vaults.set(key, vault)
    return vault
  }
}

function parseRequest(
  message: unknown,
): { id: number; method: unknown; argument: unknown } | undefined {
  if (typeof message !== 'object' || message === null) return undefined
  const { id, method, argument }: { id?: unknown; method?: unknown; argument?: unknown } = message
  return typeof id === 'number' ? { id, method, argument } : undefined
}

function isOpenedMethod(method: unknown): method is OpenedMethod {
  return typeof method === 'string' && Object.hasOwn(HANDLERS, method)
}

function errorReply(error: unknown): Extract<Reply, { error: unknown }>['error'] {
  if (error instanceof AuthError) return error.toJSON()
  return { message: error instanceof Error ? error.message : String(error) }
}
