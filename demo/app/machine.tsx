import { useAuth, type SessionStatus, type Transition } from 'evertoken'
import { auth } from './auth.ts'
import { Card } from './card.tsx'
import { clockTime } from './clock.ts'
import { Log } from './log.tsx'
import { arrow, NARROW, NODE, STEPS, WIDE, type Layout } from './machine-map.ts'
import { useNarrow } from './narrow.ts'
import { inWords } from './reasons.ts'

const STATES = Object.keys(STEPS) as SessionStatus[]

export function Machine() {
  const { status } = useAuth()
  const layout = useNarrow() ? NARROW : WIDE
  const { transitions } = auth.diagnostics()
  const last = transitions.at(-1)
  return (
    <Card title="One state machine, and a reason for every step" wide className="machine">
      <Diagram layout={layout} status={status} last={last} />
      <div>
        <p className="sr" aria-live="polite">
          The session is {status}
          {last && `, reason ${last.reason}`}.
        </p>
        <Log label="Steps and their reasons, newest first">
          {[...transitions].reverse().map(({ at, from, to, reason }, index) => (
            <li key={transitions.length - index}>
              <time>{clockTime(at)}</time>{' '}
              <span>
                {from} → <strong>{to}</strong>
              </span>{' '}
              <code>{reason}</code>
              {inWords(reason) && <small>{inWords(reason)}</small>}
            </li>
          ))}
        </Log>
        {transitions.length === 0 && <p className="quiet">No step yet.</p>}
      </div>
    </Card>
  )
}

interface DiagramProps {
  layout: Layout
  status: SessionStatus
  last: Transition | undefined
}

function Diagram({ layout, status, last }: DiagramProps) {
  const kindOf = (from: SessionStatus, to: SessionStatus) =>
    last && last.from === from && last.to === to ? 'taken' : from === status ? 'next' : 'other'
  const steps = STATES.flatMap((from) =>
    STEPS[from].map((to) => ({ from, to, kind: kindOf(from, to) })),
  ).sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  const label =
    `State machine of the session with the states ${STATES.join(', ')}. Now: ${status}.` +
    (last ? ` Last step: from ${last.from} to ${last.to}, reason ${last.reason}.` : '') +
    ` From here it can become ${STEPS[status].join(', ')}.`
  return (
    <svg
      className="map"
      role="img"
      aria-label={label}
      viewBox={`-8 -8 ${layout.width + 16} ${layout.height + 16}`}
    >
      <defs>
        {ORDER.map((kind) => (
          <marker
            key={kind}
            id={`head-${kind}`}
            className={kind}
            viewBox="0 0 8 8"
            refX="5"
            refY="4"
            markerWidth={kind === 'taken' ? 4.5 : 6}
            markerHeight={kind === 'taken' ? 4.5 : 6}
            orient="auto"
          >
            <path d="M0 0.5 8 4 0 7.5z" />
          </marker>
        ))}
      </defs>
      {steps.map(({ from, to, kind }) => (
        <path
          // The key makes a step that is taken again run its animation again.
          key={`${from} ${to} ${kind === 'taken' ? last?.at : ''}`}
          className={`step ${kind}`}
          d={arrow(layout, from, to).path}
          markerEnd={`url(#head-${kind})`}
        />
      ))}
      {STATES.map((state) => (
        <g
          key={state}
          className={`state ${state} ${state === status ? 'now' : ''}`}
          transform={`translate(${layout.at[state].join(' ')})`}
        >
          <rect
            x={-NODE.width / 2}
            y={-NODE.height / 2}
            width={NODE.width}
            height={NODE.height}
            rx="19"
          />
          <text dy="0.35em" textAnchor="middle">
            {state}
          </text>
        </g>
      ))}
      {last && last.from !== last.to && <Reason layout={layout} last={last} />}
    </svg>
  )
}

/** The order in which arrows are drawn: later ones lie over earlier ones. */
const ORDER = ['other', 'next', 'taken']

function Reason({ layout, last: { from, to, reason } }: { layout: Layout; last: Transition }) {
  const width = reason.length * 7.4 + 18
  const [x, y] = arrow(layout, from, to).beside(width)
  const inside = Math.min(Math.max(x, width / 2), layout.width - width / 2)
  return (
    <g className="reason" transform={`translate(${inside} ${y})`}>
      <rect x={-width / 2} y="-12" width={width} height="24" rx="6" />
      <text dy="0.35em" textAnchor="middle">
        {reason}
      </text>
    </g>
  )
}
