import type { abortable } from '../abortable.ts'
import type { AuthClient, AuthorizedRequest, AuthorizeOptions } from '../auth-client.ts'
import type { PageEnvironment } from '../page/environment.ts'
import { browserRequests } from '../page/requests.ts'
import type { EventLog } from '../session/event-log.ts'
import type { SettlingParts } from '../session/signed-in.ts'
import { Authorizations, type AuthorizationsParts } from './authorizations.ts'
import { isRequest, readRequest, type CallerRequest } from './caller-request.ts'
import { isTokenRefused } from './refusal.ts'
import { Resources, type ResourcesOptions, type Target } from './resources.ts'
import { ShownUser } from './shown-user.ts'

/** A resource that refuses a token made because it refused the one before gets no other for so long. */
const REFUSAL_MS = 30_000

export interface ProtectedCallsParts<User> extends AuthorizationsParts, SettlingParts<User> {
  /** Settles when a user is signed in, with their `sub`. @throws AuthError */
  signedIn(): Promise<string>
  abortable: typeof abortable
  page: Pick<PageEnvironment, 'location' | 'requests' | 'monotonic' | 'timer'>
  log: Pick<EventLog, 'observe'>
}

/** The calls of one user: another user's sign-in does not make them its own. */
export type CallsOfUser = Pick<AuthClient<unknown>, 'fetch' | 'authorize'>

/** Calls of protected resources as the user who is signed in: what a session is for. */
export class ProtectedCalls<User> {
  readonly #parts: ProtectedCallsParts<User>
  readonly #options: ResourcesOptions
  #read: Resources | undefined
  readonly #authorizations: Authorizations
  readonly #user: ShownUser<User>
  /** What was handed to the page's `fetch`. */
  readonly #sent = new WeakSet<Request>()
  /** Until when a 401 of a resource is believed to be about something else than the token, by prefix; monotonic. */
  readonly #refusing = new Map<string, number>()

  constructor(parts: ProtectedCallsParts<User>, options: ResourcesOptions) {
    this.#parts = parts
    this.#options = options
    this.#authorizations = new Authorizations(parts)
    this.#user = new ShownUser(parts)
  }

  /** @param shown whom the page showed as the call was made, by `sub` */
  of(shown: string | undefined): CallsOfUser {
    return {
      fetch: (input, init) => this.#fetch(shown, input, init),
      authorize: (request) => this.#authorize(shown, request),
    }
  }

  async #fetch(
    shown: string | undefined,
    input: RequestInfo | URL,
    init?: RequestInit,
  ): Promise<Response> {
    // A `fetch` of the application's own that calls this one would call it again, and again.
    if (isRequest(input) && this.#sent.has(input))
      throw new TypeError('auth.fetch: called by the `fetch` that it calls')
    const target = this.#target(isRequest(input) ? input.url : input)
    const request = await readRequest(target, input, init)
    const { signal } = request
    try {
      // As `fetch` does.
      signal.throwIfAborted()
      const subject = await this.#parts.abortable(signal, () => this.#signedIn(shown))
      return await this.#user.run(subject, (ended) => this.#call(subject, request, ended))
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }

  async #authorize(
    shown: string | undefined,
    { url, method, rejected, signal }: AuthorizeOptions,
  ): Promise<AuthorizedRequest> {
    const target = this.#target(url)
    return this.#parts.abortable(signal, async () => {
      const subject = await this.#signedIn(shown)
      const call = { ...target, subject, method, rejected }
      return { url: target.url, headers: await this.#authorizations.get(call) }
    })
  }

  /** Read at the first call, whose caller gets what is wrong with them. @throws TypeError naming the option */
  get #resources(): Resources {
    this.#read ??= new Resources(this.#options, this.#parts.page.location.href)
    return this.#read
  }

  #target(url: string | URL): Target {
    const { requests = browserRequests } = this.#parts.page
    return this.#resources.target(new URL(url, requests.baseUrl()))
  }

  /** Waits for a session that is restored, or on its way. @throws AuthError */
  async #signedIn(shown: string | undefined): Promise<string> {
    const { tokens } = this.#parts
    const subject = tokens.session?.subject ?? (await this.#parts.signedIn())
    // Another user's sign-in overtook the call.
    if (shown !== undefined && shown !== subject) throw tokens.closedError()
    return subject
  }

  async #call(subject: string, request: CallerRequest, ended: AbortSignal): Promise<Response> {
    const { target, method, first, second, signal } = request
    const call = { ...target, subject, method }
    const authorize = (rejected?: Pick<AuthorizedRequest, 'headers'>) =>
      this.#parts.abortable(signal, () => this.#authorizations.get({ ...call, rejected }))
    const headers = await authorize()
    const response = await this.#send(target, first, headers, ended)
    if (!second || !(await this.#mayHelp(target, response))) return response
    let renewed
    try {
      renewed = await authorize({ headers })
    } catch (error) {
      // The session is over; else what the resource said is the answer.
      if (signal.aborted || this.#parts.tokens.session?.subject !== subject) throw error
      return response
    }
    response.body?.cancel().catch(() => {})
    const answer = await this.#send(target, second, renewed, ended)
    if (answer.status === 401) this.#refuse(target)
    return answer
  }

  /** Whether the same request may be answered when it comes with another token. */
  async #mayHelp(target: Target, response: Response): Promise<boolean> {
    const { page } = this.#parts
    const { prefix } = target.resource
    if ((this.#refusing.get(prefix) ?? 0) > page.monotonic()) return false
    // Who answers after a redirect to somewhere else never saw the token.
    const isElsewhere =
      response.redirected && this.#resources.find(new URL(response.url)) !== target.resource
    return !isElsewhere && isTokenRefused(page, target, response)
  }

  #refuse({ resource }: Target): void {
    this.#refusing.set(resource.prefix, this.#parts.page.monotonic() + REFUSAL_MS)
  }

  #send(
    { resource }: Target,
    request: Request,
    headers: Record<string, string>,
    ended: AbortSignal,
  ): Promise<Response> {
    const { requests = browserRequests } = this.#parts.page
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value)
    this.#sent.add(request)
    return requests.send(request, {
      // Browsers that lack it let the request go on, whose answer is then dropped.
      ...('any' in AbortSignal && { signal: AbortSignal.any([request.signal, ended]) }),
      // The session at a backend is a cookie, also where the backend has an origin of its own.
      ...(resource.proxied !== undefined && { credentials: 'include' }),
    })
  }
}
