import { broken } from './answers.ts'
import { ACTIONS, type Action } from './actions.ts'
import { Card, Naive } from './card.tsx'
import { experiment } from './experiments.ts'
import { Outcome } from './outcome.tsx'
import { backend, place } from './place.ts'
import { Settings } from './settings.tsx'
import { Sleep } from './sleep.tsx'
import { Clock } from './wrong-clock.tsx'
import { networkIsAway, provider, useProvider } from './provider-switches.ts'

/** Lets a visitor cause the faults in a session's life. Those of the provider need the stand-in provider. */
export function Breakage() {
  const state = useProvider()
  const fault = broken(state)
  if (!window.demo.control) {
    return (
      <Card id="break" title="Break it" wide>
        <ul className="actions">
          <li>
            <Sleep />
          </li>
        </ul>
        <p className="quiet mend">
          This provider cannot be told to fail. Without <code>ISSUER</code>,{' '}
          <code>npm run demo</code> starts one of its own that can: 503, 429, silence, lost answers,
          short lifetimes, revocation, a wrong clock.
        </p>
      </Card>
    )
  }
  return (
    <Card id="break" title="Break it" wide>
      <Settings />
      <ul className="actions">
        {ACTIONS.map((action) => (
          <Breaker
            key={action.id}
            action={action}
            run={() => action.run(state)}
            mend={action.id === 'network' && networkIsAway(state)}
          />
        ))}
        {place !== 'proxied' && (
          <li>
            <Sleep />
          </li>
        )}
        {!backend && (
          <li>
            <Clock />
          </li>
        )}
      </ul>
      <p className="row mend" role="status">
        <button className="plain" onClick={() => void provider('recover')} disabled={!fault}>
          Mend everything
        </button>
        <span className="quiet" data-testid="faults">
          {fault ? `Now: ${fault}.` : 'The provider works.'}
        </span>
      </p>
    </Card>
  )
}

interface BreakerProps {
  action: Action
  run: () => Promise<unknown>
  mend: boolean
}

function Breaker({ action: { id, label, naive, note }, run, mend }: BreakerProps) {
  return (
    <li>
      {mend ? (
        <button onClick={() => void provider('recover')}>
          Bring the {backend ? 'provider' : 'network'} back
        </button>
      ) : (
        <button className="plain" onClick={() => void experiment(id, run)}>
          {label}
        </button>
      )}
      <Naive>{naive}</Naive>
      {note && <p className="note">{note}</p>}
      <Outcome id={id} />
    </li>
  )
}
