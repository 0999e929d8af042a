import { TOKEN_REQUEST_DEADLINE_MS } from '../../../oauth/token-request.ts'
import { announcements, type Announcement, type Announcements } from '../../announcements.ts'
import { BoundedMap } from '../../bounded-map.ts'
import type { VaultEnvironment } from '../../environment.ts'
import type { FamilySnapshot } from '../../keeper/family-snapshot.ts'
import {
  RELAY_PROTOCOL,
  type Kept,
  type RelayAnswer,
  type RelayArgument,
  type RelayCopy,
  type RelayMethod,
  type RelayMethods,
  type RelayRequest,
  type TokenAnswerMessage,
  type TokenRequestMessage,
} from './protocol.ts'
import { sendTokenRequest, TokenRequests } from './token-requests.ts'

/** As many as a worker has vaults. */
const MAX_COPIES = 20
const MAX_ENDED_FAMILIES = 100

interface KeptCopy {
  family: FamilySnapshot
  /** The worker that holds the family: the last one that was given it. One before it may take a while to die. */
  holder: string
  /** On this thread's monotonic clock: what a token's age lacks. */
  keptAt: number
  news: Announcements
  requests: TokenRequests
}

type RelayEnvironment = Pick<VaultEnvironment, 'fetch' | 'deadline' | 'monotonic' | 'channel'>

/**
 * The second thread of the worker's file, in browsers that end a SharedWorker when its only page reloads (Firefox,
 * WebKit): a ServiceWorker, which they do not end so soon. It keeps a copy of the session in its memory, for the worker
 * that comes next, and sends the worker's token requests, so that no reload loses an answer.
 */
export class Relay {
  readonly #env: RelayEnvironment
  readonly #copies = new Map<string, KeptCopy>()
  /** A worker that dies slowly does not bring them back. */
  readonly #ended = new BoundedMap<true>(MAX_ENDED_FAMILIES)

  constructor(env: RelayEnvironment) {
    this.#env = env
  }

  /** @param asker names the worker: each start of one is another */
  async receive(request: RelayRequest, asker: string): Promise<RelayAnswer> {
    const protocol = RELAY_PROTOCOL
    return request.protocol === protocol
      ? { protocol, value: await this.#answer(request, asker) }
      : { protocol }
  }

  #answer(request: RelayRequest, asker: string): ReturnType<RelayMethods[RelayMethod]> {
    switch (request.method) {
      case 'keep':
        return this.#keep(request.argument, asker)
      case 'take':
        return this.#take(request.argument.key, asker)
      case 'forget':
        return this.#forget(request.argument.key, request.argument.id)
      case 'send':
        return this.#send(request.argument)
    }
  }

  #keep(copy: RelayCopy, asker: string): Kept {
    const { key, family } = copy
    const before = this.#copies.get(key)
    const same = before?.family.id === family.id ? before : undefined
    if (this.#ended.has(family.id)) return 'outdated'
    if (same && (same.holder !== asker || family.revision < same.family.revision)) return 'outdated'
    if (!before && this.#copies.size >= MAX_COPIES) return 'no room'
    // A new revision was made of the last answer.
    const isAnswered = family.revision !== same?.family.revision
    this.#copies.set(key, {
      family,
      holder: asker,
      keptAt: this.#env.monotonic(),
      news: before?.news ?? this.#listen(copy),
      requests: same && !isAnswered ? same.requests : new TokenRequests(this.#fetch),
    })
    return 'kept'
  }

  #take(key: string, asker: string): FamilySnapshot | undefined {
    const copy = this.#copies.get(key)
    if (!copy) return undefined
    copy.holder = asker
    const stayed = this.#env.monotonic() - copy.keptAt
    const tokens = copy.family.tokens.map((token) => ({ ...token, age: token.age + stayed }))
    return { ...copy.family, tokens }
  }

  #forget(key: string, id?: string): void {
    const copy = this.#copies.get(key)
    if (id !== undefined) this.#ended.set(id, true)
    if (!copy || (id !== undefined && copy.family.id !== id)) return
    this.#ended.set(copy.family.id, true)
    copy.news.close()
    this.#copies.delete(key)
  }

  #send({ key, ...request }: RelayArgument<'send'>): Promise<TokenAnswerMessage> {
    return this.#copies.get(key)?.requests.send(request) ?? this.#fetch(request)
  }

  readonly #fetch = (request: TokenRequestMessage): Promise<TokenAnswerMessage> => {
    const { fetch, deadline } = this.#env
    return sendTokenRequest(fetch, request, deadline(TOKEN_REQUEST_DEADLINE_MS))
  }

  /** Also a sign-out in another version of the application, whose worker this relay does not know. */
  #listen({ key, issuer, clientId }: RelayCopy): Announcements {
    const news = announcements(this.#env, issuer, clientId)
    news.listen((announcement) => {
      if (this.#isEnd(announcement, key)) this.#forget(key)
    })
    return news
  }

  #isEnd(announcement: Announcement, key: string): boolean {
    if (announcement.type === 'signed-out') return true
    return this.#copies.get(key)?.family.claims.sub !== announcement.sub
  }
}
