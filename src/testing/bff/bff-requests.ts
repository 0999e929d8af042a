import { BFF_PATHS, type LogoutRequestBody, type TokenRequestBody } from '../../bff-protocol.ts'
import type { Behaviour } from '../provider/behaviours.ts'
import type { LoggedRequest } from '../provider/request-log.ts'

export type BffRoute = Exclude<
  keyof typeof BFF_PATHS,
  'callback' | 'loggedOut' | 'backchannelLogout'
>

/** One request as it arrived at the backend. */
export interface BffRequest extends Omit<LoggedRequest, 'endpoint'> {
  route: BffRoute | undefined
  body: TokenRequestBody & LogoutRequestBody
}

export function readBffRequest(base: string, url: string, init: RequestInit): BffRequest {
  const { origin, pathname, searchParams } = new URL(url)
  const path = origin + pathname
  const routes = Object.entries(BFF_PATHS) as [BffRoute, string][]
  const found = routes.find(([, at]) =>
    at.endsWith('/') ? path.startsWith(base + at) : path === base + at,
  )
  return {
    route: found?.[0],
    method: init.method ?? 'GET',
    url,
    parameters: searchParams,
    headers: new Headers(init.headers),
    body: typeof init.body === 'string' ? (JSON.parse(init.body) as BffRequest['body']) : {},
    init,
  }
}

/** What arrived at a backend, and what is to happen to what arrives. */
export class BffRequests {
  readonly log: BffRequest[] = []
  readonly #next = new Map<BffRoute, Behaviour[]>()
  readonly #always = new Map<BffRoute, Behaviour>()

  /** Behaviours of the next requests to a route, one each. */
  next(route: BffRoute, ...behaviours: Behaviour[]): void {
    this.#next.set(route, [...(this.#next.get(route) ?? []), ...behaviours])
  }

  /** What happens to every request from now on, where `next` says nothing; undefined: the usual. */
  always(route: BffRoute, behaviour: Behaviour | undefined): void {
    if (behaviour) this.#always.set(route, behaviour)
    else this.#always.delete(route)
  }

  of(route: BffRoute): BffRequest[] {
    return this.log.filter((request) => request.route === route)
  }

  async answer(request: BffRequest, act: () => Promise<Response>): Promise<Response> {
    this.log.push(request)
    const { init, route } = request
    init.signal?.throwIfAborted()
    const behaviour = route && (this.#next.get(route)?.shift() ?? this.#always.get(route))
    const response = await (behaviour ? behaviour(act, request) : act())
    init.signal?.throwIfAborted()
    return response
  }
}
