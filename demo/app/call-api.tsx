import { useAuth } from 'evertoken'
import { callApi, poll, useCalls, usePolling } from './calls.ts'
import { place } from './place.ts'

/** Calls a protected resource, as the app's own code would in this mode. */
export function CallApi() {
  const isSignedIn = useAuth().status === 'signed-in'
  const calls = useCalls()
  const isPolling = usePolling()
  const last = calls.at(-1)
  return (
    <div className="calls">
      <p className="row">
        <button className="plain" onClick={() => void callApi()} disabled={!isSignedIn}>
          Call the API
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
        {place === 'proxied' ? (
          <>
            <code>/bff/proxied/api/me</code>, with the cookie: the backend adds the token, and
            refreshes it when a call needs it.
          </>
        ) : (
          <>
            <code>getAccessToken()</code>, which asks the backend when it needs a new one, and then
            the API itself.
          </>
        )}
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
