import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { ConnectionStart } from 'evertoken'
import { useEffect, useState } from 'react'
import { auth } from '../auth.ts'
import { backend } from '../place.ts'
import { API, tellApi } from './api-view.ts'

interface Connection {
  isOpen: boolean
  /** How often it was opened. */
  opened: number
}

/** A WebSocket that lasts as long as the session: a renewal of the token leaves it open. */
export function Live() {
  const { isOpen, opened } = useLive()
  return (
    <span className="connection">
      <span className={`pill ${isOpen ? 'signed-in' : 'expired'}`} data-testid="socket">
        {isOpen ? 'live' : 'not connected'}
      </span>{' '}
      <span className="quiet" data-testid="opened">
        opened {opened} ×
      </span>
      <button className="plain small" onClick={() => void tellApi('cut')}>
        Cut it
      </button>
    </span>
  )
}

function useLive(): Connection {
  const queryClient = useQueryClient()
  const [connection, setConnection] = useState<Connection>({ isOpen: false, opened: 0 })
  useEffect(
    () =>
      auth.connect({
        open(start) {
          const socket = openSocket(start)
          socket.addEventListener('open', () =>
            setConnection(({ opened }) => ({ isOpen: true, opened: opened + 1 })),
          )
          socket.addEventListener('close', () =>
            setConnection((before) => ({ ...before, isOpen: false })),
          )
          socket.addEventListener('message', ({ data }) => heard(data, queryClient))
          return socket
        },
      }),
    [queryClient],
  )
  return connection
}

/** A backend that keeps the access token opens the connection to the API itself: the page goes there with its cookie. */
function openSocket({ accessToken }: ConnectionStart): WebSocket {
  const isProxied = accessToken === undefined
  const url = new URL(isProxied ? `${backend}/ws/live` : `${API}/live`, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  return isProxied ? new WebSocket(url) : new WebSocket(url, ['bearer', accessToken])
}

/** The notes were changed, here or in another tab. */
function heard(message: unknown, queryClient: QueryClient): void {
  if (message === 'changed') void queryClient.invalidateQueries({ queryKey: ['notes'] })
}
