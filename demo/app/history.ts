import { useSyncExternalStore } from 'react'
import { auth } from './auth.ts'
import { callBackend } from './call-backend.ts'
import { place } from './place.ts'
import { getServer, onServer } from './server-view.ts'

/** The instants of one access token's life, without the token. */
export interface Span {
  id: number
  issued: number
  expires: number
  /** When the next token came, or the session ended. */
  ended?: number
  /** When the session ended, and with it every token that was left. */
  over?: number
}

const KEPT = 40
const STORED = `demo.timeline.${place}`

let spans: readonly Span[] = JSON.parse(sessionStorage.getItem(STORED) ?? '[]') as Span[]
const listeners = new Set<() => void>()
let shown: string | undefined
let watching = false

function set(next: readonly Span[]): void {
  spans = next
  // A reload shows the tokens of before from here.
  sessionStorage.setItem(STORED, JSON.stringify(spans))
  for (const listener of listeners) listener()
}

/** Ends the last token now, unless it had ended before. */
function closed(): readonly Span[] {
  const last = spans.at(-1)
  if (!last || last.ended !== undefined) return spans
  return [...spans.slice(0, -1), { ...last, ended: Math.min(Date.now(), last.expires) }]
}

function begin(span: Omit<Span, 'id'>): void {
  const last = spans.at(-1)
  // This token is known from before the reload.
  if (last && Math.abs(last.expires - span.expires) < 200) return
  set([...closed(), { ...span, id: (last?.id ?? 0) + 1 }].slice(-KEPT))
}

function end(): void {
  const over = Date.now()
  set(closed().map((span) => ({ over, ...span })))
}

function look(): void {
  const state = auth.getAccessTokenState()
  if (state.status === 'pending') return
  if (state.status === 'unavailable') {
    shown = undefined
    return end()
  }
  if (state.accessToken === shown) return
  shown = state.accessToken
  const { expires_in: expiresIn = 300 } = auth.getTokenResponse() ?? {}
  begin({ issued: state.expiresAt - expiresIn * 1000, expires: state.expiresAt })
}

/**
 * Where the token is on the server, the page is told when one came, and asks how long it holds. So it does not have it,
 * and knows its life all the same.
 */
function watchBackend(): void {
  let last = 0
  onServer(() => {
    const news = getServer()?.events.filter(({ id, calling }) => id > last && calling === place)
    const newest = news?.findLast(({ event }) => /^session-(created|refreshed)$/.test(event.type))
    last = news?.at(-1)?.id ?? last
    if (newest) void lookAtBackend(newest.at)
  })
  auth.subscribe(() => {
    if (auth.getSession().status !== 'signed-in') end()
    else if (spans.at(-1)?.ended !== undefined) void lookAtBackend(Date.now())
  })
}

async function lookAtBackend(issued: number): Promise<void> {
  const response = await callBackend('/session?slide=false').catch(() => undefined)
  if (!response) return
  const { accessTokenExpiresIn: left } = (await response.json()) as {
    accessTokenExpiresIn?: number
  }
  if (left) begin({ issued, expires: Date.now() + left * 1000 })
}

/** Gives the last tokens, oldest first. It does not watch, so it causes no refresh. */
export function useSpans(): readonly Span[] {
  return useSyncExternalStore(
    (listener) => {
      if (!watching) {
        watching = true
        if (place === 'proxied') watchBackend()
        else {
          auth.subscribeAccessToken(look, {}, { watch: false })
          look()
        }
      }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => spans,
  )
}
