import { useAuth } from 'evertoken'
import { callApi, poll, useCalls, usePolling } from '../calls.ts'
import { place, type Place } from '../place.ts'
import { CALLS, Outcome, useManyCalls } from './many-calls.tsx'

/** Calls the API, as the app's own code would. */
export function Calls() {
  const isSignedIn = useAuth().status === 'signed-in'
  const calls = useCalls()
  const isPolling = usePolling()
  const last = calls.at(-1)
  const many = useManyCalls()
  return (
    <div className="calls">
      <p className="row">
        <button className="plain" onClick={() => void callApi()} disabled={!isSignedIn}>
          Call it once
        </button>
        <button
          className="plain"
          onClick={() => void many.start()}
          disabled={!isSignedIn || many.isRunning}
        >
          Call it {CALLS} times at once
        </button>
        <label className="choice">
          <input
            type="checkbox"
            checked={isPolling}
            disabled={!isSignedIn && !isPolling}
            onChange={({ target }) => poll(target.checked)}
          />
          every second
        </label>
      </p>
      <p className="note">
        <code>auth.fetch</code>, {WAYS[place]}
        {last && ` The last one took ${last.ms} ms.`}
      </p>
      {last && (
        <ul className="answers" aria-label="Answers of the API" data-testid="calls">
          {calls.map(({ id, outcome, isGood }) => (
            <li key={id} className={isGood ? 'good' : 'bad'}>
              {outcome}
            </li>
          ))}
        </ul>
      )}
      <div className="outcome" role="status" data-testid="many">
        {many.run && <Outcome run={many.run} />}
      </div>
    </div>
  )
}

const HERE = 'with a token that is valid then.'

/** How the same call goes. */
const WAYS: Record<Place, string> = {
  worker: HERE,
  page: HERE,
  mediated: 'with a token that the backend gave: the call goes to the API itself.',
  proxied: 'which goes to the backend with the cookie: there the token is added.',
}
