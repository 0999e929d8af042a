import type { BffEvent } from '../../../src/bff/events.ts'
import type { BffOptions } from '../../../src/bff/options.ts'

export interface ServerSettings {
  port: number
  /** What the clock of all processes shows at first, ms since 1970. */
  startedAt: number
  redisUrl: string
  /** Sessions are in cookies, and Redis is their deny-list. */
  inCookies: boolean
  /** How many times as long cool-downs last in Redis. */
  slowness: number
  bff: Pick<BffOptions, 'issuer' | 'baseUrl' | 'idleTimeoutMs' | 'absoluteTimeoutMs'>
}

export type Order =
  | { type: 'advance'; ms: number }
  | { type: 'store-deadline'; ms?: number }
  | { type: 'request-deadline'; ms?: number }

export type ToServer = Order & { id: number }

export type FromServer =
  { type: 'listening' } | { type: 'done'; id: number } | { type: 'event'; event: BffEvent }
