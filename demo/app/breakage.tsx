import { auth } from './auth.ts'
import { Card } from './card.tsx'
import { provider, useProvider } from './provider-switches.ts'

interface Action {
  label: string
  /** What a naive library would do here. */
  naive: string
  run: () => Promise<unknown>
}

const failRefresh = (mode: string, more: object = {}) =>
  provider('fail', { endpoint: 'token', grantType: 'refresh_token', mode, ...more })

const refresh = () => auth.getAccessToken({ forceRefresh: true }).catch(() => {})

const ACTIONS: Action[] = [
  {
    label: 'Answer 503 twice',
    naive: 'Signs the user out, because a refresh failed.',
    run: () => failRefresh('503', { times: 2 }).then(refresh),
  },
  {
    label: 'Answer 429, in 5 s again',
    naive: 'Asks again at once, and again, until it is blocked.',
    run: () => failRefresh('429-retry-after', { times: 1, seconds: 5 }).then(refresh),
  },
  {
    label: 'Answer with HTML',
    naive: 'Throws a SyntaxError at whoever made the call.',
    run: () => failRefresh('html', { times: 1 }).then(refresh),
  },
  {
    label: 'Never answer',
    naive: 'Waits for ever, and every request of the app with it.',
    run: () => failRefresh('hang', { times: 1 }).then(refresh),
  },
  {
    label: 'Lose an answer after rotation',
    naive: 'Spends the old refresh token again in every tab, in a loop.',
    run: () => failRefresh('drop-answer', { times: 1 }).then(refresh),
  },
  {
    label: 'Take the network away',
    naive: 'Redirects to a sign-in page that cannot load.',
    run: () => provider('fail', { endpoint: 'all', mode: 'reset' }),
  },
  {
    label: 'Revoke the session',
    naive: 'Unmounts the app, and the half-filled form with it.',
    run: () => provider('revoke').then(refresh),
  },
]

const LIFETIMES = [1, 5, 15, 60, 300]

export function Breakage() {
  const { faults, settings } = useProvider()
  return (
    <Card title="Break it" wide>
      <ul className="actions">
        {ACTIONS.map(({ label, naive, run }) => (
          <li key={label}>
            <button className="plain" onClick={() => void run()}>
              {label}
            </button>
            <p className="quiet">
              <span className="tag">a naive library</span> {naive}
            </p>
          </li>
        ))}
      </ul>
      <p className="row" role="status">
        <button onClick={() => void provider('recover')} disabled={faults.length === 0}>
          Mend everything
        </button>
        <span className="quiet" data-testid="faults">
          {faults.length === 0
            ? 'The provider works.'
            : faults.map(({ mode, times }) => (times ? `${mode} ×${times}` : mode)).join(', ')}
        </span>
      </p>
      <div className="row settings">
        <label>
          Token lifetime
          <select
            value={settings.accessTokenTtl}
            onChange={({ target }) => {
              void provider('settings', { accessTokenTtl: Number(target.value) }).then(refresh)
            }}
          >
            {LIFETIMES.map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds < 60 ? `${seconds} s` : `${seconds / 60} min`}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={settings.rotate}
            onChange={({ target }) => void provider('settings', { rotate: target.checked })}
          />
          Rotate refresh tokens, and end the session when one is used twice
        </label>
        <label>
          This device's clock
          <select
            value={settings.clockOffsetMs}
            onChange={({ target }) => {
              void provider('settings', { clockOffsetMs: Number(target.value) })
            }}
          >
            <option value={0}>is right</option>
            <option value={600_000}>is 10 minutes slow</option>
            <option value={-600_000}>is 10 minutes fast</option>
            <option value={31_536_000_000}>is a year slow</option>
          </select>
        </label>
      </div>
    </Card>
  )
}
