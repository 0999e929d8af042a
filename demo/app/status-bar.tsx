import { useAuth } from 'evertoken'
import { broken } from './answers.ts'
import { duration, useNow } from './clock.ts'
import { useSpans } from './history.ts'
import { isRefresh, useProvider } from './provider-switches.ts'
import { Asleep } from './sleep.tsx'
import { useToken } from './token.ts'

/** Stays in sight, so that a visitor who breaks something below sees what it does. */
export function StatusBar() {
  const session = useAuth()
  const provider = useProvider()
  const name = 'user' in session && session.user ? String(session.user['name'] ?? '') : ''
  const fault = broken(provider)
  return (
    <div className="bar-top">
      <div className="inner">
        <strong className={`pill ${session.status}`} data-testid="status">
          {session.status}
        </strong>
        {name && <span className="name">{name}</span>}
        <Left />
        {window.demo.control && (
          <span className="count">
            <b data-testid="refresh-count">{provider.requests.filter(isRefresh).length}</b>{' '}
            refreshes
          </span>
        )}
        {fault && <span className="broken">{fault}</span>}
      </div>
      <Asleep />
    </div>
  )
}

function Left() {
  const { status } = useAuth()
  const token = useToken()
  const last = useSpans().at(-1)
  const now = useNow()
  const isThere =
    token.status === 'ready' || (token.status === 'elsewhere' && status === 'signed-in')
  if (!isThere || !last) {
    const coming = token.status === 'pending' && status === 'signed-in'
    return <span className="left">{coming ? 'waiting for a token' : 'no token'}</span>
  }
  const left = Math.max(0, last.expires - now)
  const life = last.expires - last.issued
  return (
    <span className="left">
      <i aria-hidden="true">
        <i style={{ width: `${Math.min(100, (left / life) * 100)}%` }} />
      </i>
      {token.status === 'elsewhere' ? 'backend’s token' : 'token'}{' '}
      {left > 0 ? duration(left, life < 10_000) : 'over'}
    </span>
  )
}
