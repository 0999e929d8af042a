import { useSyncExternalStore } from 'react'
import type { Behaviour } from '../../api/behaviour.ts'
import type { ApiView } from '../../api/watch.ts'
import { real } from '../device.ts'
import { shareEvents } from '../shared-events.ts'

export type { ApiView, Behaviour }

/** Where the API is; the card that shows it is on the page only where there is one. */
export const API = window.demo.api ?? ''

let view: ApiView | undefined
let watching = false
const listeners = new Set<() => void>()

function show(now: ApiView): void {
  view = now
  for (const listener of listeners) listener()
}

/** The API's own word on what it saw: none of it goes through the code under test. */
export async function tellApi(action: 'state' | 'cut' | 'behaviour', body?: string) {
  const method = action === 'state' ? 'GET' : 'POST'
  const response = await real.fetch(`${API}/control/${action}`, {
    ...{ method },
    ...(body !== undefined && { body }),
  })
  const now = (await response.json()) as ApiView
  show(now)
  return now
}

/** Shows the change at once; the API's own word follows. */
export function setBehaviour(behaviour: Behaviour): void {
  if (view) show({ ...view, behaviour })
  void tellApi('behaviour', behaviour)
}

/** What the API sees and does; `undefined` until it has told. */
export const useApi = () =>
  useSyncExternalStore(
    (listener) => {
      if (!watching) {
        watching = true
        shareEvents('demo.api', `${API}/control/events`, ['view'], (_type, now) =>
          show(now as ApiView),
        )
        void tellApi('state')
      }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => view,
  )
