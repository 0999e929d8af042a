import { AuthError } from '../../errors.ts'
import { isObject } from '../../oauth/json.ts'
import type { LocalVault } from '../keeper/local-vault.ts'
import { parseVaultConfig } from '../vault-config.ts'
import type { VaultConfig } from '../vault.ts'
import { isOpenedMethod, parseArgument, type OpenedMethod } from './arguments.ts'
import { isSmallMessage } from './message-size.ts'
import { isTokenMethod, type Answer, type Argument, type Reply, type Value } from './protocol.ts'
import type { VaultPool } from './vault-pool.ts'

export interface Port {
  postMessage(message: Answer): void
}

/** More calls than this do not wait for one page at one time. */
const MAX_CALLS = 1000
/** Of those that are a request each, which no other call shares. */
const MAX_REQUESTS = 10
const REQUEST_METHODS: readonly unknown[] = ['exchangeCode', 'userInfo']
const RETRY_DELAY_MS = 1000

interface ReceivedRequest {
  id: number
  method: unknown
  argument: unknown
}

/**
 * One port. Any script of the origin can open one, so no message is trusted: what a port opened decides which vault
 * it speaks to, and another configuration is another, empty vault.
 */
export class Connection {
  readonly #port: Port
  readonly #vaults: VaultPool
  #config: VaultConfig | undefined
  /** Between `open` and `leave`. */
  #isOpen = false
  #observed: LocalVault | undefined
  #stopObserving: () => void = () => {}
  /** What the page waits for, and of which method. */
  #calls = new Map<AbortController, unknown>()

  constructor(port: Port, vaults: VaultPool) {
    this.#port = port
    this.#vaults = vaults
  }

  receive(message: unknown): void {
    const request = parseRequest(message)
    if (!request) return
    // Not answered: any message would throw the page out of the back-forward cache.
    if (request.method === 'leave') return this.#leave()
    if (request.method === 'ping') return this.#post({ id: request.id, value: undefined })
    const calls = this.#calls
    const call = new AbortController()
    // It looks for room before it is counted itself.
    const reply = this.#answer(request, message, call)
    calls.set(call, request.method)
    void reply.then((answer) => {
      calls.delete(call)
      // Its page has left: no caller waits for a token, and a message would throw the page out of the back-forward cache.
      const stillWaits = calls === this.#calls || !isTokenMethod(request.method)
      if (stillWaits) this.#post(answer)
    })
  }

  /** Tells nothing more of its own accord, until the page speaks again. */
  silence(): void {
    this.#stopObserving()
    this.#observed = undefined
  }

  #leave(): void {
    this.#isOpen = false
    this.silence()
    const calls = this.#calls
    this.#calls = new Map()
    for (const call of calls.keys()) call.abort()
  }

  #hasRoom(method: unknown): boolean {
    if (this.#calls.size >= MAX_CALLS) return false
    if (!REQUEST_METHODS.includes(method)) return true
    const same = [...this.#calls.values()].filter((other) => other === method)
    return same.length < MAX_REQUESTS
  }

  async #answer(request: ReceivedRequest, message: unknown, call: AbortController): Promise<Reply> {
    const { id } = request
    try {
      if (!this.#hasRoom(request.method)) throw busyError()
      if (!isSmallMessage(message)) throw new TypeError('too large a message')
      return { id, value: await this.#handle(request, call) }
    } catch (error) {
      return { id, error: errorReply(error) }
    }
  }

  async #handle({ method, argument }: ReceivedRequest, call: AbortController): Promise<unknown> {
    if (method === 'open') {
      this.silence()
      this.#config = parseVaultConfig(argument)
      this.#isOpen = true
      return this.#vault(this.#config).open()
    }
    if (!this.#config) throw new TypeError('open first')
    if (!isOpenedMethod(method)) throw new TypeError('unknown method')
    return callVault(this.#vault(this.#config), method, argument, call)
  }

  /** The vault of this configuration: another one than before, where that had to make room while it was empty. */
  #vault(config: VaultConfig): LocalVault {
    const vault = this.#vaults.get(config)
    if (this.#isOpen && vault !== this.#observed) {
      this.#stopObserving()
      this.#observed = vault
      this.#stopObserving = vault.observe((event) => this.#post({ event }))
    }
    return vault
  }

  #post(answer: Answer): void {
    try {
      this.#port.postMessage(answer)
    } catch {
      // The page is gone.
    }
  }
}

type OpenedVault = {
  [Name in OpenedMethod]: (argument: Argument<Name>, call: AbortController) => Promise<Value<Name>>
}

/** @param call aborted when the page does not wait for the answer any more */
function callVault<Name extends OpenedMethod>(
  vault: OpenedVault,
  method: Name,
  argument: unknown,
  call: AbortController,
): Promise<Value<Name>> {
  return vault[method](parseArgument(method, argument), call)
}

function parseRequest(message: unknown): ReceivedRequest | undefined {
  if (!isObject(message)) return undefined
  const { id, method, argument } = message
  return typeof id === 'number' ? { id, method, argument } : undefined
}

function busyError(): AuthError {
  return new AuthError('timeout', {
    message: 'Too many calls wait. Try again later.',
    retryAfter: RETRY_DELAY_MS,
  })
}

function errorReply(error: unknown): Extract<Reply, { error: unknown }>['error'] {
  if (error instanceof AuthError) return error.toJSON()
  return { message: error instanceof Error ? error.message : 'The worker failed.' }
}
