import { useSyncExternalStore } from 'react'
import type { ServerView } from '../bff/server-view.ts'
import { shareEvents } from './shared-events.ts'

export type { EventView, ServerView, SessionView } from '../bff/server-view.ts'

let view: ServerView | undefined
let watching = false
const listeners = new Set<() => void>()

/** Tells of everything that the backend did since; `undefined` until it has told of itself. */
export const getServer = () => view

export function onServer(listener: () => void): () => void {
  if (!watching) {
    watching = true
    shareEvents('demo.server', '/server-view', ['view'], (_type, now) => {
      view = now as ServerView
      for (const each of listeners) each()
    })
  }
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useServer = () => useSyncExternalStore(onServer, getServer)
