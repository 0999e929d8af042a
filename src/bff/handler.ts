import { BFF_PATHS } from '../bff-protocol.ts'
import { Background, type WaitUntil } from './background.ts'
import type { Settings } from './check-options.ts'
import type { BffEnvironment } from './environment.ts'
import type { Emit } from './events.ts'
import { Closing } from './http/closing.ts'
import { setExchange, type ExchangeContext } from './http/exchanges.ts'
import { problemResponse, ProblemError } from './http/problem.ts'
import { refusalOf } from './http/refusal.ts'
import { assertOwnPage } from './http/request-checks.ts'
import type { Call, Route } from './routes/route.ts'
import { toWebResponse, type BffRequest, type BffResponse } from './http/exchange.ts'

/** So long a request that is under way is waited for while the backend closes, where a client or an upstream is slow. */
const CLOSING_MS = 10_000

interface HandlerParts {
  env: Pick<BffEnvironment, 'timer'>
  /** By path below `basePath`. */
  routes: Readonly<Record<string, Route>>
  settings: Pick<Settings, 'basePath' | 'origin'>
  emit: Emit
}

interface HandlerContext extends ExchangeContext {
  waitUntil?: WaitUntil
}

/** From a request to the route that answers it. Whatever a route throws is a problem response. */
export function createHandler({ env, routes, settings, emit }: HandlerParts) {
  const closing = new Closing()
  const running = new Set<Promise<BffResponse>>()

  async function answer(name: string, route: Route | undefined, call: Call): Promise<BffResponse> {
    try {
      if (!route) throw absentError(name)
      const { request } = call
      assertMethod(route, request)
      const navigates = route.navigable === true && request.method === 'GET'
      if (route.guarded && !navigates) assertOwnPage(request, settings.origin)
      return await route.answer(call)
    } catch (error) {
      // Whoever asks chooses the path: what counts events by route must not grow by it.
      return problemResponse(refusalOf(emit, route ? name : '', error))
    }
  }

  async function exchange(
    request: BffRequest,
    context: HandlerContext = {},
  ): Promise<BffResponse | null> {
    const url = new URL(request.url)
    const { basePath } = settings
    if (!url.pathname.startsWith(`${basePath}/`)) return null
    const { name, rest } = split(url.pathname.slice(basePath.length))
    const background = new Background(context)
    const { upstreamFetch } = context
    const call = { request, url, rest, background, upstreamFetch, closing }
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined
    const task = answer(name, route, call)
    running.add(task)
    try {
      // A client that leaves takes nothing with it: a code that was sent becomes a session, or is revoked.
      if (context.waitUntil) background.add(task)
      return await task
    } finally {
      running.delete(task)
    }
  }

  async function handle(
    request: Request,
    context?: Pick<HandlerContext, 'waitUntil'>,
  ): Promise<Response | null> {
    const response = await exchange(request, context)
    return response && toWebResponse(response)
  }
  setExchange(handle, exchange)

  return {
    handle,
    /** Every request that was taken is answered. */
    async drain(): Promise<void> {
      const cancel = env.timer(() => closing.begin(), CLOSING_MS)
      await Promise.all(running)
      cancel()
    },
  }
}

function absentError(name: string): ProblemError {
  const title = name.startsWith(BFF_PATHS.api) ? 'No route of `proxy` has this name.' : undefined
  return new ProblemError('not_found', { title })
}

/** `/api/orders/1` is for the route `/api/orders`; every other route is its whole path. */
function split(path: string): { name: string; rest: string } {
  const slash = path.startsWith(BFF_PATHS.api) ? path.indexOf('/', BFF_PATHS.api.length) : -1
  const end = slash === -1 ? path.length : slash
  return { name: path.slice(0, end), rest: path.slice(end) }
}

/** @throws ProblemError for a method that the route does not have */
function assertMethod({ methods }: Route, { method }: BffRequest): void {
  if (!methods || methods.includes(method)) return
  throw new ProblemError('method_not_allowed', { headers: [['allow', methods.join(', ')]] })
}
