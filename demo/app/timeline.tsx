import { useAuth } from 'evertoken'
import { useState } from 'react'
import { Card } from './card.tsx'
import { useDevice, useNow } from './clock.ts'
import { useSpans } from './history.ts'
import { Instants } from './instants.tsx'
import { renew, useToken } from './token.ts'
import { Track } from './track.tsx'

export function Timeline() {
  const token = useToken()
  const spans = useSpans()
  const now = useNow()
  const { asleepUntil } = useDevice()
  const [failure, setFailure] = useState<string>()
  const refresh = () => {
    setFailure(undefined)
    renew().catch((error: Error) => setFailure(error.message))
  }
  const isSignedIn = useAuth().status === 'signed-in'
  const isHere = token.status === 'ready' || (token.status === 'elsewhere' && isSignedIn)
  const ready = isHere && !asleepUntil
  return (
    <Card
      id="life"
      title="The access token’s life"
      wide
      className="life"
      beside={
        <button className="plain" onClick={refresh} disabled={!ready}>
          Refresh now
        </button>
      }
    >
      <Instants token={token} span={spans.at(-1)} now={now} />
      <Track spans={spans} now={now} alive={isHere} />
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
