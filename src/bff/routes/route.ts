import type { Background } from '../background.ts'
import type { BffEnvironment } from '../environment.ts'
import type { Emit } from '../events.ts'
import type { Settings } from '../check-options.ts'
import type { UpstreamFetch } from '../http/exchanges.ts'
import type { Closing } from '../http/closing.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { BffRequest, BffResponse } from '../http/exchange.ts'

/** One request to the handler. */
export interface Call {
  request: BffRequest
  url: URL
  /** The path behind the name of the route. */
  rest: string
  /** For what the answer does not wait for. */
  background: Background
  /** The bridge's. */
  upstreamFetch: UpstreamFetch | undefined
  /** From when it begins nobody waits for a client or an upstream. */
  closing: Closing
}

export interface Route {
  methods: readonly string[] | undefined
  /** Whether it is for the application's own pages: then it must prove to come from one. */
  guarded: boolean
  /** Its GET is a navigation, which can prove nothing by headers: the route looks for another proof. */
  navigable?: boolean
  answer: (call: Call) => Promise<BffResponse>
}

/** What most routes need. */
export interface RouteParts {
  env: BffEnvironment
  settings: Settings
  sessions: Sessions
  emit: Emit
}
