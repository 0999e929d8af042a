import { useAccessToken, useAuth } from 'evertoken'
import { duration, useNow } from './clock.ts'
import { useSpans } from './history.ts'
import { isRefresh, useProvider } from './provider-switches.ts'
import { Asleep } from './sleep.tsx'

/** Always in sight, so that whoever breaks something below sees what it does. */
export function StatusBar() {
  const session = useAuth()
  const { requests, faults } = useProvider()
  const name = 'user' in session && session.user ? String(session.user['name'] ?? '') : ''
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
            <b data-testid="refresh-count">{requests.filter(isRefresh).length}</b> refreshes
          </span>
        )}
        {faults.length > 0 && <span className="broken">broken: {faults[0]!.mode}</span>}
      </div>
      <Asleep />
    </div>
  )
}

function Left() {
  const token = useAccessToken()
  const last = useSpans().at(-1)
  const now = useNow()
  if (token.status !== 'ready' || !last) return <span className="left">no token</span>
  const left = Math.max(0, token.expiresAt - now)
  const part = Math.min(100, (left / (last.expires - last.issued)) * 100)
  return (
    <span className="left">
      <i aria-hidden="true">
        <i style={{ width: `${part}%` }} />
      </i>
      token {left > 0 ? duration(left) : 'over'}
    </span>
  )
}
