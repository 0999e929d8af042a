import { useAccessToken, useAuth } from 'evertoken'
import { useState } from 'react'
import { Card } from './card.tsx'
import { duration, useDevice, useNow } from './clock.ts'
import { useSpans } from './history.ts'
import { Track } from './track.tsx'

export function Timeline() {
  const { status } = useAuth()
  const token = useAccessToken()
  const spans = useSpans()
  const now = useNow()
  const { asleepUntil } = useDevice()
  const [failure, setFailure] = useState<string>()
  const refresh = () => {
    setFailure(undefined)
    token.refresh().catch((error: Error) => setFailure(error.message))
  }
  const ready = token.status === 'ready' && !asleepUntil
  return (
    <Card title="The access token’s life" wide>
      <div className="token">
        {token.status === 'ready' ? (
          <p>
            <strong className="big" data-testid="left">
              {token.expiresAt > now
                ? duration(token.expiresAt - now)
                : `over for ${duration(now - token.expiresAt)}`}
            </strong>{' '}
            <span className="quiet">
              {token.expiresAt > now ? 'left in ' : ''}
              <code data-testid="token">…{token.accessToken.slice(-8)}</code>
              {token.renewal === 'running' && ' · being renewed'}
              {token.renewal === 'retrying' && ' · renewal failed, will try again'}
            </span>
          </p>
        ) : (
          <p className="quiet" data-testid="token-state">
            {token.status === 'pending'
              ? status === 'signed-out'
                ? 'Sign in, and there is one.'
                : 'Waiting for a token …'
              : `No token: ${token.error.code}.`}
          </p>
        )}
        <button onClick={refresh} disabled={!ready}>
          Refresh now
        </button>
      </div>
      <Track spans={spans} now={now} alive={token.status === 'ready'} />
      <ul className="legend" aria-hidden="true">
        <li className="live">in use</li>
        <li className="due">due for renewal</li>
        <li className="rest">still valid, not needed any more</li>
        <li className="good">refreshed</li>
        <li className="bad">refresh failed</li>
      </ul>
      <p role="status" className="quiet failure">
        {failure}
      </p>
    </Card>
  )
}
