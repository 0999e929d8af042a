import { useSyncExternalStore } from 'react'
import { auth } from './auth.ts'

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
const STORED = 'demo.timeline'

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

function look(): void {
  const state = auth.getAccessTokenState()
  if (state.status === 'pending') return
  if (state.status === 'unavailable') {
    shown = undefined
    const over = Date.now()
    return set(closed().map((span) => ({ over, ...span })))
  }
  if (state.accessToken === shown) return
  shown = state.accessToken
  const { expires_in: expiresIn = 300 } = auth.getTokenResponse() ?? {}
  const span = { issued: state.expiresAt - expiresIn * 1000, expires: state.expiresAt }
  const last = spans.at(-1)
  // This token is known from before the reload.
  if (last && Math.abs(last.expires - span.expires) < 200) return
  set([...closed(), { ...span, id: (last?.id ?? 0) + 1 }].slice(-KEPT))
}

/** Gives the last tokens, oldest first. It does not watch, so it causes no refresh. */
export function useSpans(): readonly Span[] {
  return useSyncExternalStore(
    (listener) => {
      if (!watching) {
        watching = true
        auth.subscribeAccessToken(look, {}, { watch: false })
        look()
      }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => spans,
  )
}
