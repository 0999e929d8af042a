import { Card } from './card.tsx'
import { clockTime } from './clock.ts'
import { Log } from './log.tsx'
import { answer, isGood } from './outcome.tsx'
import { isRefresh, useProvider, type ProviderRequest } from './provider-switches.ts'

const KINDS: [label: string, is: (request: ProviderRequest) => boolean][] = [
  ['refreshes', isRefresh],
  ['sign-ins', ({ endpoint }) => endpoint === 'authorization'],
  ['code exchanges', ({ grantType }) => grantType === 'authorization_code'],
  ['discovery, keys', ({ endpoint }) => endpoint === 'discovery' || endpoint === 'jwks'],
]

export function Requests() {
  const { requests } = useProvider()
  const latest = requests.filter(({ endpoint }) => endpoint === 'token').slice(-40)
  return (
    <Card title="Requests at the provider">
      <dl className="counts">
        {KINDS.map(([label, is]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd data-testid={label}>{requests.filter(is).length}</dd>
          </div>
        ))}
      </dl>
      {latest.length === 0 ? (
        <p className="quiet">None to the token endpoint yet.</p>
      ) : (
        <Log label="Token requests, newest first">
          {latest.reverse().map((request) => (
            <li key={request.id}>
              <time>{clockTime(request.at)}</time>{' '}
              <span>{isRefresh(request) ? 'refresh' : 'code exchange'}</span>{' '}
              <strong className={isGood(request) ? 'good' : 'bad'}>{answer(request)}</strong>
              {request.refreshToken && (
                <code title="Which refresh token: a short hash">
                  #{request.refreshToken.slice(0, 4)}
                </code>
              )}
            </li>
          ))}
        </Log>
      )}
      <p className="quiet">Of all tabs together. The # tells refresh tokens apart by a hash.</p>
    </Card>
  )
}
