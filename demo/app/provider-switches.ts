import { useSyncExternalStore } from 'react'

/** One request as the provider logged it. */
export interface ProviderRequest {
  id: number
  endpoint: string
  grantType?: string
  at: number
  status?: number
  fault?: string
}

export interface ProviderSettings {
  accessTokenTtl: number
  rotate: boolean
  clockOffsetMs: number
}

export interface ProviderState {
  connected: boolean
  settings: ProviderSettings
  faults: { endpoint: string; mode: string; times?: number }[]
  requests: ProviderRequest[]
}

let state: ProviderState = {
  connected: false,
  settings: { accessTokenTtl: 60, rotate: false, clockOffsetMs: 0 },
  faults: [],
  requests: [],
}
const listeners = new Set<() => void>()

function change(more: Partial<ProviderState>): void {
  state = { ...state, ...more }
  for (const listener of listeners) listener()
}

const at = (path: string) => `${window.demo.issuer}/control/${path}`

/** Watches the stand-in provider; does nothing against any other. */
function connect(): void {
  if (state.connected || !window.demo.control) return
  change({ connected: true })
  const events = new EventSource(at('events'))
  events.addEventListener('state', ({ data }: MessageEvent<string>) => {
    change(JSON.parse(data) as Partial<ProviderState>)
  })
  events.addEventListener('request', ({ data }: MessageEvent<string>) => {
    const request = JSON.parse(data) as ProviderRequest
    const others = state.requests.filter(({ id }) => id !== request.id)
    change({ requests: [...others, request].slice(-500) })
  })
  void fetch(at('state'))
    .then((response) => response.json())
    .then((now: Partial<ProviderState>) => change(now))
}

export async function provider(action: string, body: unknown = {}): Promise<void> {
  await fetch(at(action), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

export function useProvider(): ProviderState {
  return useSyncExternalStore(
    (listener) => {
      connect()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => state,
  )
}
