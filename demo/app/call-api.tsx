import { useAuth } from 'evertoken'
import { callApi, poll, useCalls, usePolling } from './calls.ts'
import { place, type Place } from './place.ts'

/** Calls the API, as the app's own code would. */
export function CallApi() {
  const isSignedIn = useAuth().status === 'signed-in'
  const calls = useCalls()
  const isPolling = usePolling()
  const last = calls.at(-1)
  return (
    <div className="calls">
      <p className="row">
        <button className="plain" onClick={() => void callApi()} disabled={!isSignedIn}>
          Call it once
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
      </p>
      <ul className="answers" aria-label="Answers of the API" data-testid="calls">
        {calls.map(({ id, outcome, isGood }) => (
          <li key={id} className={isGood ? 'good' : 'bad'}>
            {outcome}
          </li>
        ))}
      </ul>
      {last && <p className="note">The last one took {last.ms} ms.</p>}
    </div>
  )
}

const HERE = 'with a token that is valid then.'

/** How the same call goes. */
const WAYS: Record<Place, string> = {
  worker: HERE,
  page: HERE,
  mediated: 'with a token that the backend gave: the call goes to the API itself.',
  proxied: 'which goes to /bff/proxied/api/notes with the cookie: the backend adds the token.',
}
