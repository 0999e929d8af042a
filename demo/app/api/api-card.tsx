import { SignedIn, useAuth } from 'evertoken'
import { Card, Naive } from '../card.tsx'
import { clockTime } from '../clock.ts'
import { Log } from '../log.tsx'
import { isRefresh, useProvider } from '../provider-switches.ts'
import { API, setBehaviour, useApi, type ApiView, type Behaviour } from './api-view.ts'
import { Calls } from './calls.tsx'
import { Notes } from './notes.tsx'

const BEHAVIOURS: [behaviour: Behaviour, label: string][] = [
  ['right', 'as it should'],
  ['refuse-once', '401 once'],
  ['refuse', '401 always'],
  ['step-up', 'confirm first'],
  ['slow', 'in 2 s'],
]

/** A protected API: on the left what an app shows of it, on the right what it sees. */
export function ApiCard() {
  const api = useApi()
  return (
    <Card id="api" title="A protected API" wide className="server api">
      <div>
        <SignedIn>
          <Notes />
        </SignedIn>
        {!('user' in useAuth()) && <p className="quiet">Sign in, and your notes are here.</p>}
        <Naive>
          shows Bob the notes that it fetched for Alice, until he reloads; and loses what was typed
          when the session ends.
        </Naive>
      </div>
      <div>
        <Switch behaviour={api?.behaviour} />
        <Calls />
        {api && <Seen api={api} />}
      </div>
    </Card>
  )
}

function Switch({ behaviour }: { behaviour: Behaviour | undefined }) {
  return (
    <fieldset>
      <legend>It answers</legend>
      <div className="segments five">
        {BEHAVIOURS.map(([one, label]) => (
          <label key={one}>
            <input
              type="radio"
              name="behaviour"
              checked={one === behaviour}
              onChange={() => setBehaviour(one)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Seen({ api: { requests, tokens, refused, log } }: { api: ApiView }) {
  const refreshes = useProvider().requests.filter(isRefresh).length
  const counts: [label: string, count: number][] = [
    ['requests', requests],
    ['tokens seen', tokens],
    ['401s', refused],
    ['refreshes', refreshes],
  ]
  return (
    <>
      <dl className="counts four">
        {counts.map(([label, count]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-testid={`api-${label.replace(' ', '-')}`}>{count}</dd>
          </div>
        ))}
      </dl>
      {log.length > 0 && (
        <Log label="Requests at the API, newest first">
          {log.toReversed().map(({ id, at, method, path, status, token }) => (
            <li key={id}>
              <time>{clockTime(at)}</time>{' '}
              <span>
                {method} {path}
              </span>{' '}
              <strong className={status < 400 ? 'good' : 'bad'}>{status}</strong>
              {token && <code title="Which access token: a short hash">#{token}</code>}
            </li>
          ))}
        </Log>
      )}
      <p className="quiet">
        A server of its own at <code>{new URL(API).host}</code>, which verifies each token’s
        signature, issuer and audience.
      </p>
    </>
  )
}
