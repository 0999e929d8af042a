import { useAccessToken } from 'evertoken'
import { useState } from 'react'
import { Card } from './card.tsx'
import { useDevice, useNow } from './clock.ts'
import { useSpans } from './history.ts'
import { Instants } from './instants.tsx'
import { Track } from './track.tsx'

export function Timeline() {
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
