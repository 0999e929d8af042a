import { useAuth } from 'evertoken'
import { auth } from './auth.ts'
import { Card } from './card.tsx'

const STATES = ['restoring', 'signed-out', 'signing-in', 'signed-in', 'expired', 'error'] as const

const time = (at: number) => new Date(at).toLocaleTimeString()

export function Machine() {
  const { status } = useAuth()
  const { transitions } = auth.diagnostics()
  return (
    <Card title="One state machine, and a reason for every step" wide>
      <ol className="states">
        {STATES.map((state) => (
          <li key={state} aria-current={state === status ? 'step' : undefined}>
            {state}
          </li>
        ))}
      </ol>
      <p className="sr" aria-live="polite">
        The session is <span data-testid="status">{status}</span>.
      </p>
      <ol className="log" aria-label="Transitions and their reasons">
        {[...transitions].reverse().map(({ at, from, to, reason }, index) => (
          <li key={transitions.length - index}>
            <time>{time(at)}</time> {from} → <strong>{to}</strong>{' '}
            <span className="quiet">{reason}</span>
          </li>
        ))}
      </ol>
    </Card>
  )
}
