import { answer, isGood } from './answers.ts'
import { Card } from './card.tsx'
import { clockTime } from './clock.ts'
import { Log } from './log.tsx'
import { isRefresh, useProvider, type ProviderRequest } from './provider-switches.ts'

const KINDS: [label: string, is: (request: ProviderRequest) => boolean][] = [
  ['refreshes', isRefresh],
  ['sign-ins', ({ endpoint }) => endpoint === 'authorization'],
  ['code exchanges', ({ grantType }) => grantType === 'authorization_code'],
  ['discovery, keys', ({ endpoint }) => endpoint === 'discovery' || endpoint === 'jwks'],
  ['revocations', ({ endpoint }) => endpoint === 'revocation'],
  ['sign-outs', ({ endpoint }) => endpoint === 'end_session'],
]

const NAMES: Record<string, string> = {
  discovery: 'discovery',
  jwks: 'keys',
  authorization: 'authorization',
  userinfo: 'user info',
  revocation: 'revocation',
  end_session: 'sign-out',
}

const nameOf = (request: ProviderRequest) =>
  isRefresh(request) ? 'refresh' : (NAMES[request.endpoint] ?? 'code exchange')

export function Requests() {
  const { requests } = useProvider()
  // Requests without a name here belong to the provider's own sign-in page.
  const latest = requests.filter(({ endpoint }) => endpoint !== 'other').slice(-60)
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
      {latest.length > 0 && (
        <Log label="Requests, newest first">
          {latest.reverse().map((request) => (
            <li key={request.id}>
              <time>{clockTime(request.at)}</time> <span>{nameOf(request)}</span>{' '}
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
      <p className="quiet">
        {latest.length === 0
          ? 'None yet.'
          : 'Of all tabs together. The # tells refresh tokens apart by a hash.'}
      </p>
    </Card>
  )
}
