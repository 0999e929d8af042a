import { useAuth } from 'evertoken'
import { auth } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { useArrival } from './arrival.ts'
import { useDevice } from './clock.ts'
import { useProvider } from './provider-switches.ts'
import { me, useRollCall } from './roll-call.ts'

export function Tabs() {
  const { status } = useAuth()
  const { asleepUntil } = useDevice()
  const tabs = useRollCall(asleepUntil ? 'asleep' : status)
  const { vault } = auth.diagnostics()
  return (
    <Card id="tabs" title="Tabs that share the session" wide={!window.demo.control}>
      <ul className="tabs" data-testid="tabs">
        {tabs.map((tab) => (
          <li key={tab.id} className={tab.id === me ? 'mine' : undefined}>
            <code>{tab.id}</code> <span className={`pill ${tab.status}`}>{tab.status}</span>{' '}
            {tab.id === me && <span className="quiet">this tab</span>}
          </li>
        ))}
      </ul>
      <p className="quiet">
        {vault === 'page'
          ? 'With the page vault each tab has a session of its own; only a sign-out is shared.'
          : 'One refresh renews them all. Sign out in one, and all are out.'}
      </p>
      <div className="pairs">
        <div>
          <button
            className="plain"
            onClick={() => window.open(location.pathname, '_blank', 'noopener')}
          >
            Open another tab
          </button>
          <Naive>asks you to sign in again, or puts the refresh token into localStorage.</Naive>
        </div>
        <div>
          <button className="plain" onClick={() => location.reload()}>
            Reload
          </button>
          <Naive>forgets the session, and redirects to get it back.</Naive>
          <Arrival />
        </div>
      </div>
    </Card>
  )
}

/** Says how this page learned which user is signed in. */
function Arrival() {
  const { requests } = useProvider()
  const arrival = useArrival()
  if (!arrival || !window.demo.control) return null
  const asked = requests.filter(
    ({ at, endpoint }) => at >= performance.timeOrigin && at <= arrival.at && endpoint !== 'other',
  ).length
  return (
    <p className="outcome" data-testid="arrival">
      <span className="tag here">Here</span> this {arrival.how}: {arrival.status} after {arrival.ms}{' '}
      ms, with {asked} {asked === 1 ? 'request' : 'requests'} to the provider.
    </p>
  )
}
