import { useAuth } from 'evertoken'
import { useState } from 'react'
import { refresh } from './actions.ts'
import { auth, go } from './auth.ts'
import { Card, Naive } from './card.tsx'
import { provider, useProvider } from './provider-switches.ts'

const LIFETIMES: [seconds: number, label: string][] = [
  [1, '1 s'],
  [5, '5 s'],
  [15, '15 s'],
  [60, '1 min'],
  [300, '5 min'],
]

const ROTATION: [value: string, label: string, settings: object][] = [
  ['same', 'the same one at each refresh', { rotate: false, graceMs: 0 }],
  ['reuse', 'a new one; using one twice ends the session', { rotate: true, graceMs: 0 }],
  ['grace', 'a new one, with 10 s of grace', { rotate: true, graceMs: 10_000 }],
]

const CLOCKS: [offset: number, label: string][] = [
  [0, 'right'],
  [600_000, '10 minutes slow'],
  [-600_000, '10 minutes fast'],
  [72_000_000, '20 hours slow'],
  [31_536_000_000, 'a year slow'],
]

/** What the stand-in provider can be told to be. */
export function Settings() {
  return (
    <Card title="Change the provider" wide>
      <div className="settings">
        <Lifetime />
        <Rotation />
        <Clock />
      </div>
    </Card>
  )
}

function Lifetime() {
  const { settings } = useProvider()
  return (
    <fieldset>
      <legend>An access token lives</legend>
      <div className="segments">
        {LIFETIMES.map(([seconds, label]) => (
          <label key={seconds}>
            <input
              type="radio"
              name="lifetime"
              checked={settings.accessTokenTtl === seconds}
              onChange={() =>
                void provider('settings', { accessTokenTtl: seconds }).then(() => refresh())
              }
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
      <Naive>renews every so many minutes, whatever the lifetime, or in a loop.</Naive>
    </fieldset>
  )
}

function Rotation() {
  const { settings } = useProvider()
  const now = settings.rotate ? (settings.graceMs ? 'grace' : 'reuse') : 'same'
  return (
    <fieldset>
      <legend>A refresh gives which refresh token</legend>
      {ROTATION.map(([value, label, more]) => (
        <label key={value} className="choice">
          <input
            type="radio"
            name="rotation"
            checked={now === value}
            onChange={() => void provider('settings', more)}
          />
          {label}
        </label>
      ))}
      <Naive>lets two tabs use the same one twice, and both are signed out.</Naive>
    </fieldset>
  )
}

function Clock() {
  const { settings } = useProvider()
  const session = useAuth()
  const { clockOffset } = auth.diagnostics()
  const [chosen, choose] = useState<number>()
  const set = async () => {
    if (chosen !== undefined) await provider('settings', { clockOffsetMs: chosen })
    const user = 'user' in session ? session.user : undefined
    await auth.signIn({ loginHint: user ? user.sub : 'alice' })
  }
  return (
    <fieldset>
      <legend>Set the clock wrong</legend>
      <label className="choice">
        This device’s clock is
        <select
          value={chosen ?? settings.clockOffsetMs}
          onChange={({ target }) => choose(Number(target.value))}
        >
          {CLOCKS.map(([offset, label]) => (
            <option key={offset} value={offset}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button className="plain" onClick={() => go(set())}>
        Sign in with this clock
      </button>
      <p className="note">
        Played from the other end: the provider’s clock is moved.{' '}
        {clockOffset !== undefined && (
          <span data-testid="clock-offset">
            Learned at sign-in: the provider is {Math.round(clockOffset / 1000)} s ahead.
          </span>
        )}
      </p>
      <Naive>takes fresh tokens for expired, or expired ones for fresh.</Naive>
    </fieldset>
  )
}
