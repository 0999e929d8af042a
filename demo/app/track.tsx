import { answer, isGood } from './answers.ts'
import { duration } from './clock.ts'
import type { Span } from './history.ts'
import { useNarrow } from './narrow.ts'
import { isRefresh, useProvider } from './provider-switches.ts'
import { leadOf, legible, place, scaleOf, ticks, type Scale } from './timeline-scale.ts'

interface TrackProps {
  spans: readonly Span[]
  now: number
  /** Whether the last token is in use. */
  alive: boolean
}

/** Draws the last tokens as bars on steps; time runs from right to left under one line for now. */
export function Track({ spans, now, alive }: TrackProps) {
  const last = spans.at(-1)
  const scale = scaleOf(now, last ? last.expires - last.issued : 60_000)
  const seen = spans.filter(({ expires }) => expires > scale.from)
  return (
    <div className="track" role="img" aria-label={inWords(seen, now, alive)}>
      <div className="lanes">
        {seen.map((span) => (
          <Bar key={span.id} span={span} scale={scale} next={lane(seen, span)?.issued} />
        ))}
      </div>
      <Requests spans={seen} scale={scale} />
      <div className="now" style={{ left: `${place(scale, now)}%` }} />
      <div className="ticks">
        {ticks(scale, now).map((seconds) => (
          <span key={seconds} style={{ left: `${place(scale, now + seconds * 1000)}%` }}>
            {seconds === 0 ? 'now' : label(seconds)}
          </span>
        ))}
      </div>
    </div>
  )
}

function label(seconds: number): string {
  const sign = seconds < 0 ? '−' : '+'
  const size = Math.abs(seconds)
  return size >= 60 && size % 60 === 0 ? `${sign}${size / 60} min` : `${sign}${size} s`
}

const LANES = 3

/** Gives the token that has this one's lane next. */
const lane = (spans: readonly Span[], { id }: Span) => spans.find((one) => one.id === id + LANES)

interface BarProps {
  span: Span
  scale: Scale
  /** When the lane goes to another token: a long life is not drawn through the next one. */
  next: number | undefined
}

function Bar({ span: { id, issued, expires, ended, over }, scale, next = Infinity }: BarProps) {
  const width = (from: number, to: number) =>
    `${Math.max(0, place(scale, to) - place(scale, from))}%`
  const due = expires - leadOf(expires - issued)
  const until = ended ?? expires
  const valid = Math.min(expires, over ?? expires, next)
  return (
    <div className="bar" style={{ top: `${(id % LANES) * 26}px` }}>
      <i className="live" style={at(scale, issued, width(issued, Math.min(due, until)))} />
      {until > due && <i className="due" style={at(scale, due, width(due, until))} />}
      {until < valid && <i className="rest" style={at(scale, until, width(until, valid))} />}
    </div>
  )
}

const at = (scale: Scale, from: number, width: string) => ({
  left: `${place(scale, from)}%`,
  width,
})

/** Gives refreshes as the stand-in provider saw them, or with another provider as this page got their answers. */
function Requests({ spans, scale }: { spans: readonly Span[]; scale: Scale }) {
  const { requests } = useProvider()
  const marks = window.demo.control
    ? requests.filter(isRefresh).map((request) => ({
        id: request.id,
        at: request.at,
        text: isGood(request) ? '' : answer(request),
        kind: isGood(request) ? 'good' : 'bad',
      }))
    : spans.map(({ id, issued }) => ({ id, at: issued, text: '', kind: 'good' }))
  const seen = marks.filter((mark) => mark.at > scale.from)
  const labelled = legible(seen, scale, useNarrow() ? 2.4 : 0.9)
  return (
    <div className="marks">
      {seen.map(({ id, at, kind, text }) => (
        <b key={id} className={kind} style={{ left: `${place(scale, at)}%` }}>
          {labelled.has(id) && text}
        </b>
      ))}
    </div>
  )
}

function inWords(seen: readonly Span[], now: number, alive: boolean): string {
  const last = seen.at(-1)
  if (!last || !alive) return `Timeline. No token now; ${seen.length} in the time shown.`
  const lead = leadOf(last.expires - last.issued)
  return (
    `Timeline. The token in use was issued ${duration(now - last.issued)} ago, ` +
    `is due for renewal ${duration(Math.max(0, last.expires - lead - now))} from now at the earliest ` +
    `and expires in ${duration(last.expires - now)}. ` +
    `${seen.length - 1} earlier ones in the time shown.`
  )
}
