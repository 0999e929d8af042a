import { TOKEN_REQUEST_DEADLINE_MS } from '../../../oauth/token-request.ts'
import type { RefreshHistory } from '../../../renewal/verdict.ts'
import { instant, type VaultEnvironment } from '../../environment.ts'
import type { Family } from '../../keeper/family.ts'
import { fromSnapshot, toSnapshot, type FamilySnapshot } from '../../keeper/family-snapshot.ts'
import type { PeerMember, Peers } from '../../keeper/peers.ts'
import { vaultKey } from '../../vault-config.ts'
import type { VaultConfig } from '../../vault.ts'
import type { Kept } from './protocol.ts'
import type { RelayClient } from './relay-client.ts'
import { toMessage, toResponse } from './token-requests.ts'

/** A vault waits no longer than this for the relay, and goes on without it. */
const RELAY_REPLY_WAIT_MS = 500
/** A copy that comes later than that is still taken, where nothing happened meanwhile. */
const LATE_COPY_MS = 5000
/** Firefox ends a ServiceWorker that heard nothing for 30 s. */
const KEEP_ALIVE_MS = 25_000
/** The relay's own deadline is shorter. */
const SEND_DEADLINE_MS = TOKEN_REQUEST_DEADLINE_MS + 1000

interface RelayPeersParts {
  env: VaultEnvironment
  config: VaultConfig
  relay: RelayClient
}

/** To a worker its relay is a peer that holds the same family: it is told of every change, and never leads. */
export class RelayPeers implements Peers {
  readonly #env: VaultEnvironment
  readonly #config: VaultConfig
  readonly #relay: RelayClient
  readonly #key: string
  #restored: Promise<void> = Promise.resolve()
  /** What was published last: told again when a relay starts, and so that it does not fall asleep. */
  #latest: { family: Family; history: RefreshHistory | undefined } | undefined
  #kept: Promise<Kept | undefined> = Promise.resolve(undefined)
  #forgotten: Promise<void> = Promise.resolve()
  #isOver = false
  #cancelKeepAlive: () => void = () => {}

  constructor({ env, config, relay }: RelayPeersParts) {
    this.#env = env
    this.#config = config
    this.#relay = relay
    this.#key = JSON.stringify([relay.home.workerName, vaultKey(config)])
  }

  get outlivesTabs(): boolean {
    return !this.#relay.isRefused
  }

  join(member: PeerMember): void {
    const found = this.#find(member)
    this.#restored = Promise.race([found, this.#wait(RELAY_REPLY_WAIT_MS)])
  }

  restored(): Promise<void> {
    return this.#restored
  }

  publish(family: Family, history?: RefreshHistory): void {
    this.#latest = { family, history }
    this.#kept = this.#keep()
  }

  ended(id: string): void {
    if (this.#latest?.family.origin.id === id) this.#rest()
    this.#forget(id)
  }

  signedOut(): void {
    this.#isOver = true
    this.#rest()
    this.#forget()
  }

  forgotten(): Promise<void> {
    return this.#forgotten
  }

  exclusive<Value>(run: () => Promise<Value>): Promise<Value> {
    return run()
  }

  async requestLatest(): Promise<void> {}

  close(): void {
    this.#rest()
  }

  /**
   * Sends what the vault asks for. A refresh is sent by the relay, once that knows that the refresh token is about to be
   * spent: its answer is not lost when this worker is. @throws TypeError as `fetch` does
   */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const body = refreshBody(init)
    const kept = body && (await this.#kept)
    if (body && kept === 'kept') {
      const request = { key: this.#key, ...toMessage(url, init, body) }
      return toResponse(await this.#relay.ask('send', request, SEND_DEADLINE_MS))
    }
    if (kept === 'outdated') throw new TypeError('another worker is ahead with this session')
    if (await this.#relay.isIntercepted()) {
      throw new TypeError('a ServiceWorker of another script stands in front of the worker')
    }
    return this.#env.fetch(url, init)
  }

  async #find(member: PeerMember): Promise<void> {
    await this.#relay.find()
    const copy = await this.#relay.ask('take', { key: this.#key }, LATE_COPY_MS)
    if (copy) this.#adopt(copy, member)
  }

  /** The session of the worker before this one. What happened here meanwhile is newer. */
  #adopt(copy: FamilySnapshot, member: PeerMember): void {
    if (this.#isOver || this.#latest) return
    const family = fromSnapshot(copy, instant(this.#env), false)
    this.#latest = { family, history: undefined }
    member.open(family)
    this.#keepAlive()
  }

  /** @returns undefined where no relay answers, or none runs yet */
  async #keep(): Promise<Kept | undefined> {
    const { thread } = this.#relay
    this.#keepAlive()
    if (!thread) {
      void this.#relay.start().then((started) => started && this.#keepAgain())
      return undefined
    }
    return this.#copy()
  }

  #keepAgain(): void {
    if (this.#latest) void this.#copy()
  }

  async #copy(): Promise<Kept | undefined> {
    const latest = this.#latest
    if (!latest) return undefined
    const { issuer, clientId } = this.#config
    const family = toSnapshot(latest.family, instant(this.#env), latest.history)
    const copy = { key: this.#key, issuer, clientId, family }
    return this.#relay.ask('keep', copy, RELAY_REPLY_WAIT_MS)
  }

  #forget(id?: string): void {
    const family = { key: this.#key, ...(id !== undefined && { id }) }
    this.#forgotten = this.#relay
      .find()
      .then(() => this.#relay.ask('forget', family, RELAY_REPLY_WAIT_MS))
      .then(() => undefined)
  }

  #rest(): void {
    this.#latest = undefined
    this.#cancelKeepAlive()
  }

  /** What is told again is the copy itself: a relay that was ended all the same is filled again. */
  #keepAlive(): void {
    this.#cancelKeepAlive()
    if (!this.#relay.home.forgetsWhenIdle) return
    this.#cancelKeepAlive = this.#env.timer(() => void this.#keep(), KEEP_ALIVE_MS)
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#env.timer(resolve, ms))
  }
}

function refreshBody({ body }: RequestInit): URLSearchParams | undefined {
  const parameters = body instanceof URLSearchParams ? body : undefined
  return parameters?.get('grant_type') === 'refresh_token' ? parameters : undefined
}
