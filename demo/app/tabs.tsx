import { useAuth } from 'evertoken'
import { useEffect, useState } from 'react'
import { Card } from './card.tsx'

interface Peer {
  id: string
  status: string
  at: number
}

const own = crypto.randomUUID().slice(0, 4)

/** The demo's own roll call, for show: evertoken needs none. */
export function Tabs() {
  const { status } = useAuth()
  const [peers, setPeers] = useState<Peer[]>([])
  useEffect(() => {
    const channel = new BroadcastChannel('demo.tabs')
    const call = () => channel.postMessage({ id: own, status, at: Date.now() } satisfies Peer)
    channel.onmessage = ({ data }: MessageEvent<Peer>) => {
      setPeers((now) => [...now.filter(({ id }) => id !== data.id), data])
    }
    call()
    const timer = setInterval(() => {
      call()
      setPeers((now) => now.filter(({ at }) => Date.now() - at < 2500))
    }, 1000)
    return () => {
      clearInterval(timer)
      channel.close()
    }
  }, [status])
  const all = [{ id: own, status, at: 0 }, ...peers].sort((a, b) => a.id.localeCompare(b.id))
  return (
    <Card title="Tabs that share the session">
      <ul className="tabs" data-testid="tabs">
        {all.map((peer) => (
          <li key={peer.id} className={peer.id === own ? 'mine' : undefined}>
            <code>{peer.id}</code> {peer.status}{' '}
            {peer.id === own && <span className="quiet">this tab</span>}
          </li>
        ))}
      </ul>
      <p className="row">
        <button
          className="plain"
          onClick={() => window.open(location.pathname, '_blank', 'noopener')}
        >
          Open a second tab
        </button>
        <button className="plain" onClick={() => location.reload()}>
          Reload
        </button>
      </p>
      <p className="quiet">
        One of them renews, all of them have the token. Sign out in one, and all are out.
      </p>
    </Card>
  )
}
