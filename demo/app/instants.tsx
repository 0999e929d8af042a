import { useAuth } from 'evertoken'
import { duration, useDevice } from './clock.ts'
import type { Span } from './history.ts'
import type { ShownToken } from './token.ts'
import { leadOf } from './timeline-scale.ts'

interface InstantsProps {
  token: ShownToken
  span: Span | undefined
  now: number
}

/** Shows the last token's life in figures, as the bars below do in lengths. */
export function Instants({ token, span, now }: InstantsProps) {
  const { status } = useAuth()
  const { offline } = useDevice()
  const over = status !== 'signed-in' || !span
  const lifetime = span ? span.expires - span.issued : 0
  const short = (ms: number) => duration(ms, lifetime < 10_000)
  const left = span ? span.expires - now : 0
  const elsewhere = token.status === 'elsewhere' && !over ? 'not here' : '–'
  const figures: [name: string, value: string][] = [
    ['token', token.status === 'ready' ? `…${token.accessToken.slice(-6)}` : elsewhere],
    ['issued', over ? '–' : `${short(now - span.issued)} ago`],
    ['lead', over ? '–' : short(leadOf(lifetime))],
    ['renewal', over ? '–' : renewal()],
    ['expiry', over ? '–' : left > 0 ? `in ${short(left)}` : `${short(-left)} ago`],
  ]

  function renewal(): string {
    if (offline) return 'once online'
    if (token.status === 'pending') return 'awaited'
    if (token.status === 'ready' && token.renewal === 'running') return 'running'
    if (token.status === 'ready' && token.renewal === 'retrying') return 'tries again'
    const due = left - leadOf(lifetime)
    return due > 0 ? `in ${short(due)}` : 'due'
  }
  return (
    <dl className="instants">
      {figures.map(([name, value]) => (
        <div key={name} className={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
