import { useAuth } from 'evertoken'
import { answer, isGood } from './answers.ts'
import { auth } from './auth.ts'
import { useDevice } from './clock.ts'
import { useExperiment, type Experiment } from './experiments.ts'
import { backend } from './place.ts'
import { isRefresh, useProvider, type ProviderRequest } from './provider-switches.ts'
import { useToken } from './token.ts'

/** Says what happened since the button was pressed; no outcome is written beforehand. */
export function Outcome({ id }: { id: string }) {
  const experiment = useExperiment(id)
  return (
    <div className="outcome" role="status">
      {experiment && <Facts experiment={experiment} id={id} />}
    </div>
  )
}

function Facts({ experiment, id }: { experiment: Experiment; id: string }) {
  const { status } = useAuth()
  const token = useToken()
  const { offline } = useDevice()
  const { requests } = useProvider()
  const { startedAt, endedAt = Infinity, probe } = experiment
  const during = ({ at }: { at: number }) => at >= startedAt && at < endedAt
  const refreshes = requests.filter(isRefresh).filter(during)
  const transitions = auth.diagnostics().transitions.filter(during)
  const expired = transitions.find(({ to }) => to === 'expired')
  const now = endedAt === Infinity && status === 'signed-in'
  const waiting = now && token.status === 'pending'
  const trying = waiting || (now && token.status === 'ready' && token.renewal !== 'idle')
  return (
    <>
      <p>
        <span className="tag here">Here</span>{' '}
        {expired
          ? `the session ended once, as ${expired.reason}; the page and its form stayed.`
          : transitions.length > 0
            ? transitions.map(({ from, to }) => `${from} → ${to}`).join(', ')
            : status === 'signed-in' || endedAt < Infinity
              ? 'still signed in.'
              : `${status}, as before.`}{' '}
        {waiting &&
          offline &&
          'The token has run out: calls wait, and the network’s return renews it.'}
        {!offline && recovery(refreshes, startedAt, trying)}
        {probe && !waiting && ` ${told(probe)}`}
      </p>
      {refreshes.length > 0 && (
        <ul className="answers" aria-label="Refresh requests since" data-testid={`answers-${id}`}>
          {refreshes.slice(-8).map((request) => (
            <li key={request.id} className={isGood(request) ? 'good' : 'bad'}>
              {answer(request)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function recovery(refreshes: ProviderRequest[], startedAt: number, trying: boolean): string {
  const failed = refreshes.filter((request) => !isGood(request))
  const last = refreshes.at(-1)
  if (!last || failed.length === 0) return ''
  const after = refreshes.find((request) => isGood(request) && request.id > failed.at(-1)!.id)
  if (after) {
    const seconds = ((after.at + (after.ms ?? 0) - startedAt) / 1000).toFixed(1)
    return `Recovered by itself after ${seconds} s.`
  }
  return trying ? 'Will try again by itself.' : ''
}

function told({ ms, code }: NonNullable<Experiment['probe']>): string {
  if (code) return `A call meanwhile was told ${code} after ${ms} ms.`
  const when = ms < 50 ? 'at once' : `after ${ms} ms`
  return `A call meanwhile ${backend ? 'was answered' : 'had a valid token'} ${when}.`
}
