import { Card } from './card.tsx'
import { useProvider, type ProviderRequest } from './provider-switches.ts'

const KINDS: [label: string, is: (request: ProviderRequest) => boolean][] = [
  ['sign-ins', ({ endpoint }) => endpoint === 'authorization'],
  ['code exchanges', ({ grantType }) => grantType === 'authorization_code'],
  ['refreshes', ({ grantType }) => grantType === 'refresh_token'],
  ['discovery and keys', ({ endpoint }) => endpoint === 'discovery' || endpoint === 'jwks'],
]

export function Requests() {
  const { requests } = useProvider()
  if (!window.demo.control) return null
  const tokenRequests = requests.filter(({ endpoint }) => endpoint === 'token')
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
      <ol className="log" aria-label="Token requests, newest first">
        {[...tokenRequests]
          .reverse()
          .slice(0, 30)
          .map(({ id, at, grantType, status, fault }) => (
            <li key={id}>
              <time>{new Date(at).toLocaleTimeString()}</time> {grantType}{' '}
              <strong className={status === 200 ? 'good' : 'bad'}>{status ?? 'no answer'}</strong>{' '}
              <span className="quiet">{fault}</span>
            </li>
          ))}
      </ol>
    </Card>
  )
}
