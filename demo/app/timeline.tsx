import { useAccessToken, useTokenResponse } from 'evertoken'
import { useState } from 'react'
import { Card } from './card.tsx'
import { useNow } from './clock.ts'

const seconds = (ms: number) => `${Math.max(0, Math.ceil(ms / 1000))} s`

export function Timeline() {
  const token = useAccessToken()
  const response = useTokenResponse()
  const [failure, setFailure] = useState<string>()
  const refresh = () => {
    setFailure(undefined)
    token.refresh().catch((error: Error) => setFailure(error.message))
  }
  const lifetime = (response?.expires_in ?? 300) * 1000
  return (
    <Card title="The access token's life" wide>
      {token.status === 'ready' ? (
        <Life
          key={token.accessToken}
          token={token.accessToken}
          expiresAt={token.expiresAt}
          lifetime={lifetime}
          renewal={token.renewal}
        />
      ) : (
        <p className="quiet empty" data-testid="token-state">
          {token.status === 'pending' ? 'Waiting for a token …' : token.error.message}
        </p>
      )}
      <p className="row">
        <button onClick={refresh} disabled={token.status !== 'ready'}>
          Refresh now
        </button>
        {failure && (
          <span role="status" className="quiet">
            {failure}
          </span>
        )}
      </p>
    </Card>
  )
}

interface LifeProps {
  token: string
  expiresAt: number
  lifetime: number
  renewal: 'idle' | 'running' | 'retrying'
}

function Life({ token, expiresAt, lifetime, renewal }: LifeProps) {
  const now = useNow()
  const left = expiresAt - now
  const age = Math.min(100, Math.max(0, 100 - (left / lifetime) * 100))
  const lead = Math.min(60_000, lifetime / 5)
  const leadStart = 100 - (lead / lifetime) * 100
  return (
    <>
      <p className="token">
        <code data-testid="token">…{token.slice(-10)}</code>
        <span data-testid="left">
          {left > 0 ? `good for ${seconds(left)}` : 'over'}
          {renewal !== 'idle' &&
            ` · ${renewal === 'running' ? 'renewing' : 'renewal failed, trying again'}`}
        </span>
      </p>
      <div
        className="life"
        role="img"
        aria-label={`${Math.round(age)} % of the token's life is over`}
      >
        <div className="past" style={{ width: `${age}%` }} />
        <div className="lead" style={{ left: `${leadStart}%` }} />
        <div className="now" style={{ left: `${age}%` }} />
      </div>
      <p className="scale" aria-hidden="true">
        <span>issued</span>
        <span style={{ left: `${leadStart}%` }}>renewal</span>
        <span>expiry</span>
      </p>
    </>
  )
}
