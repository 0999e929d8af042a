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
/** Firefox ends a ServiceWorker that heard nothing for 30 s, and the relay drops what nobody told it for a minute. */
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
  #member: PeerMember | undefined
  #restored: Promise<void> = Promise.resolve()
  /** What was published last: told again when a relay starts, and so that it does not fall asleep. */
  #latest: { family: Family; history: RefreshHistory | undefined } | undefined
  #kept: Promise<Kept | undefined> = Promise.resolve(undefined)
  #forgotten: Promise<void> = Promise.resolve()
  /** What the relay may still give back is not wanted any more. */
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
    this.#member = member
    this.#restored = this.#relay.within(RELAY_REPLY_WAIT_MS, this.#find())
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

  signedOut(id: string | undefined, here: boolean): void {
    this.#isOver = true
    this.#rest()
    // A sign-out elsewhere is heard by the relay as well, and late by a worker that dies: that one ends its own alone.
    this.#forget(here ? undefined : id)
  }

  forgotten(): Promise<void> {
    return this.#forgotten
  }

  exclusive<Value>(run: () => Promise<Value>): Promise<Value> {
    return run()
  }

  async requestLatest(): Promise<void> {}

  close(): void {
    this.#isOver = true
    this.#rest()
  }

  /**
   * Sends what the vault asks for. A refresh is sent by the relay, once that knows that the refresh token is about to be
   * spent: its answer is not lost when this worker is. @throws TypeError as `fetch` does
   */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const body = refreshBody(init)
    if (body) {
      const kept = await this.#kept
      const family = this.#latest?.family
      if (kept === 'outdated' || family?.contents.refreshToken !== body.get('refresh_token')) {
        throw new TypeError('Another worker is ahead with this session.')
      }
      if (kept) {
        const { id } = family.origin
        const request = {
          ...toMessage(url, init, body),
          key: this.#key,
          id,
          askedAt: this.#env.now(),
        }
        return toResponse(await this.#relay.ask('send', request, SEND_DEADLINE_MS))
      }
    }
    // A ServiceWorker could read it.
    if (await this.#relay.isIntercepted()) {
      throw new TypeError('A ServiceWorker of another script stands in front of the worker.')
    }
    return this.#env.fetch(url, init)
  }

  async #find(): Promise<void> {
    await this.#relay.find()
    const copy = await this.#take(LATE_COPY_MS)
    if (copy) this.#adopt(copy)
  }

  #take(deadlineMs: number): Promise<FamilySnapshot | undefined> {
    return this.#relay.ask('take', { key: this.#key }, deadlineMs)
  }

  /** The session of the worker before this one. What happened here meanwhile is newer. */
  #adopt(copy: FamilySnapshot): void {
    if (this.#isOver || this.#latest) return
    const family = fromSnapshot(copy, instant(this.#env), false)
    this.#latest = { family, history: undefined }
    this.#member?.open(family)
    this.#keepAlive()
  }

  /** @returns undefined where no relay answers, or none runs yet */
  async #keep(): Promise<Kept | undefined> {
    this.#keepAlive()
    // Which copy a sign-out is about it does not say: it goes first.
    await this.#forgotten
    if (this.#relay.thread) return this.#copy()
    void this.#relay.start().then((started) => started && this.#copy())
    return undefined
  }

  async #copy(): Promise<Kept | undefined> {
    const latest = this.#latest
    if (!latest) return undefined
    const { issuer, clientId } = this.#config
    const family = toSnapshot(latest.family, instant(this.#env), latest.history)
    const copy = { key: this.#key, issuer, clientId, family }
    // A refresh token that may be spent is worth a longer wait: the relay knows the one that came of it.
    const { ambiguous, maybeSpent } = latest.family.contents.history
    const deadlineMs = ambiguous || maybeSpent ? LATE_COPY_MS : RELAY_REPLY_WAIT_MS
    const kept = await this.#relay.ask('keep', copy, deadlineMs)
    if (this.#latest?.family !== latest.family) return kept
    if (kept === 'over') this.#member?.end('signed_out_elsewhere')
    if (kept === 'outdated') await this.#catchUp(latest.family)
    return kept
  }

  /** Another worker took the copy. It is dying, or this one is: whoever has a page asks again, and goes on. */
  async #catchUp(family: Family): Promise<void> {
    const copy = await this.#take(RELAY_REPLY_WAIT_MS)
    const { claims, revision } = family.contents
    if (copy?.id !== family.origin.id || copy.revision <= revision) return
    const { contents } = fromSnapshot(copy, instant(this.#env), false)
    family.follow(contents)
    this.#member?.followed([...contents.tokens.values()], claims)
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
    this.#cancelKeepAlive = this.#env.timer(() => void this.#keep(), KEEP_ALIVE_MS)
  }
}

function refreshBody({ body }: RequestInit): URLSearchParams | undefined {
  const parameters = body instanceof URLSearchParams ? body : undefined
  return parameters?.get('grant_type') === 'refresh_token' ? parameters : undefined
}
