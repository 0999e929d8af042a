import { elapsed, type Instant } from '../../../renewal/lifetime.ts'
import { announcements, type Announcement, type Announcements } from '../../announcements.ts'
import { BoundedMap } from '../../bounded-map.ts'
import { instant } from '../../environment.ts'
import type { FamilySnapshot } from '../../keeper/family-snapshot.ts'
import {
  RELAY_PROTOCOL,
  type Kept,
  type RelayAnswer,
  type RelayCopy,
  type RelayMethod,
  type RelayMethods,
  type RelayRequest,
  type SendRequest,
  type TokenAnswerMessage,
} from './protocol.ts'
import { TokenRequests, type RelayEnvironment } from './token-requests.ts'

/** As many as a worker has vaults. */
const MAX_COPIES = 20
const MAX_ENDED_FAMILIES = 100
/** A worker that lives tells its copy again long before. What is older was left: its tabs were closed. */
const MAX_STAY_MS = 60_000

interface KeptCopy {
  family: FamilySnapshot
  /** The worker that holds the family: the last one that was given it. One before it may take a while to die. */
  holder: string
  /** What a token's age lacks. */
  keptAt: Instant
  news: Announcements
  requests: TokenRequests
}

/**
 * The second thread of the worker's file, in browsers that end a SharedWorker when its only page reloads (Firefox,
 * WebKit): a ServiceWorker, which they do not end so soon. It keeps a copy of the session in its memory, for the worker
 * that comes next, and sends the worker's token requests, so that no reload loses an answer.
 */
export class Relay {
  readonly #env: RelayEnvironment
  /** The one that was kept last is the last. */
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
    const { refreshToken } = family
    if (this.#ended.has(family.id)) return 'over'
    // One that dies, and is ahead with what it heard itself, is heard: its holder catches up.
    const ahead = same ? family.revision - same.family.revision : 1
    if (ahead < 0 || (ahead === 0 && same?.holder !== asker)) return 'outdated'
    this.#copies.delete(key)
    this.#copies.set(key, {
      family,
      holder: asker,
      keptAt: instant(this.#env),
      news: before?.news ?? this.#listen(copy),
      requests: same?.requests.recognize(refreshToken)
        ? same.requests
        : new TokenRequests(this.#env, refreshToken),
    })
    const [longestSilent] = this.#copies.keys()
    if (this.#copies.size > MAX_COPIES && longestSilent !== undefined) this.#drop(longestSilent)
    return 'kept'
  }

  #take(key: string, asker: string): FamilySnapshot | undefined {
    const copy = this.#copies.get(key)
    if (!copy) return undefined
    const stayed = elapsed(copy.keptAt, instant(this.#env))
    if (stayed > MAX_STAY_MS) {
      this.#drop(key)
      return undefined
    }
    copy.holder = asker
    const tokens = copy.family.tokens.map((token) => ({ ...token, age: token.age + stayed }))
    return { ...copy.family, tokens }
  }

  #forget(key: string, id?: string): void {
    const copy = this.#copies.get(key)
    if (id !== undefined) this.#ended.set(id, true)
    if (!copy || (id !== undefined && copy.family.id !== id)) return
    this.#ended.set(copy.family.id, true)
    this.#drop(key)
  }

  #drop(key: string): void {
    this.#copies.get(key)?.news.close()
    this.#copies.delete(key)
  }

  #send(request: SendRequest): Promise<TokenAnswerMessage> {
    const copy = this.#copies.get(request.key)
    // Another user signed in meanwhile, perhaps, or this thread was ended and began anew.
    const requests = copy?.family.id === request.id ? copy.requests : new TokenRequests(this.#env)
    return requests.send(request)
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
