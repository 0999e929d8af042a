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
} from './protocol.ts'
import { AnswerOnce, sendTokenRequest } from './token-requests.ts'

/** As many as a worker has vaults. */
const MAX_COPIES = 20
const MAX_ENDED_FAMILIES = 100

interface KeptCopy {
  family: FamilySnapshot
  /** On this thread's monotonic clock: what a token's age lacks. */
  keptAt: number
  news: Announcements
  answers: AnswerOnce
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
        return this.#keep(request.argument)
      case 'take':
        return this.#take(request.argument.key)
      case 'forget':
        return this.#forget(request.argument.key, request.argument.id)
      case 'send':
        return this.#send(request.argument, asker)
    }
  }

  #keep(copy: RelayCopy): Kept {
    const { key, family } = copy
    const before = this.#copies.get(key)
    const isSame = before?.family.id === family.id
    if (this.#ended.has(family.id)) return 'outdated'
    if (isSame && family.revision < before.family.revision) return 'outdated'
    if (!before && this.#copies.size >= MAX_COPIES) return 'no room'
    const isAnswered = !isSame || family.revision > before.family.revision
    this.#copies.set(key, {
      family,
      keptAt: this.#env.monotonic(),
      news: before?.news ?? this.#listen(copy),
      answers: before && !isAnswered ? before.answers : new AnswerOnce(),
    })
    return 'kept'
  }

  #take(key: string): FamilySnapshot | undefined {
    const copy = this.#copies.get(key)
    if (!copy) return undefined
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

  #send(
    { key, ...request }: RelayArgument<'send'>,
    asker: string,
  ): Promise<TokenAnswerMessage> {
    const { fetch, deadline } = this.#env
    const send = () => sendTokenRequest(fetch, request, deadline(TOKEN_REQUEST_DEADLINE_MS))
    const copy = this.#copies.get(key)
    return copy ? copy.answers.get(request, asker, send) : send()
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
