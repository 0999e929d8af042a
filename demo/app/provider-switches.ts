import { useSyncExternalStore } from 'react'
import { real, setOffline } from './device.ts'
import { backend } from './place.ts'
import { shareEvents } from './shared-events.ts'

/** One request as the provider logged it. */
export interface ProviderRequest {
  id: number
  endpoint: string
  grantType?: string
  /** A short hash, enough to tell two apart. */
  refreshToken?: string
  at: number
  ms?: number
  status?: number
  error?: string
  fault?: string
}

export interface ProviderSettings {
  accessTokenTtl: number
  rotate: boolean
  graceMs: number
  clockOffsetMs: number
}

export interface ProviderState {
  settings: ProviderSettings
  faults: { endpoint: string; mode: string; times?: number }[]
  requests: ProviderRequest[]
}

let state: ProviderState = {
  settings: { accessTokenTtl: 60, rotate: false, graceMs: 0, clockOffsetMs: 0 },
  faults: [],
  requests: [],
}
let watching = false
const listeners = new Set<() => void>()

/** How many requests are kept here. */
const KEPT = 500

export const networkIsAway = ({ faults }: ProviderState) =>
  faults.some(({ endpoint, mode }) => endpoint === 'all' && mode === 'reset')

function change({
  request,
  requests = [],
  ...more
}: Partial<ProviderState> & { request?: ProviderRequest }): void {
  // What was heard of a request is at least as new as a list that was on its way meanwhile.
  const heard = [...requests, ...state.requests, ...(request ? [request] : [])]
  const byId = new Map(heard.map((one) => [one.id, one]))
  const sorted = [...byId.values()].sort((a, b) => a.id - b.id)
  state = { ...state, ...more, requests: sorted.slice(-KEPT) }
  // A browser fires these events when its network goes or comes back. A backend has a network of its own.
  if (!backend) setOffline(networkIsAway(state))
  for (const listener of listeners) listener()
}

const at = (path: string) => `${window.demo.issuer}/control/${path}`

/** Watches the stand-in provider; does nothing with any other. */
function watch(): void {
  if (watching || !window.demo.control) return
  watching = true
  shareEvents('demo.provider', at('events'), ['state', 'request'], (type, data) =>
    change(type === 'request' ? { request: data as ProviderRequest } : (data as ProviderState)),
  )
  void real
    .fetch(at('state'))
    .then((response) => response.json())
    .then((now: ProviderState) => change(now))
}

/** Shows a change at once; the provider's own state follows. */
export function setProvider(settings: Partial<ProviderSettings>): Promise<unknown> {
  change({ settings: { ...state.settings, ...settings } })
  return provider('settings', settings)
}

export async function provider<Answer = unknown>(action: string, body = {}): Promise<Answer> {
  const response = await real.fetch(at(action), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Answer
}

export function useProvider(): ProviderState {
  return useSyncExternalStore(
    (listener) => {
      watch()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => state,
  )
}

export const isRefresh = ({ grantType }: ProviderRequest) => grantType === 'refresh_token'
