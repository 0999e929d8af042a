import { refresh } from './actions.ts'
import { Naive } from './card.tsx'
import { setProvider, useProvider, type ProviderSettings } from './provider-switches.ts'

const LIFETIMES: [seconds: number, label: string][] = [
  [1, '1 s'],
  [5, '5 s'],
  [15, '15 s'],
  [60, '1 min'],
  [300, '5 min'],
]

const ROTATION: [value: string, label: string, settings: Partial<ProviderSettings>][] = [
  ['same', 'the same one at each refresh', { rotate: false, graceMs: 0 }],
  ['reuse', 'a new one; using one twice ends the session', { rotate: true, graceMs: 0 }],
  ['grace', 'a new one, with 10 s of grace', { rotate: true, graceMs: 10_000 }],
]

/** The settings of the stand-in provider. */
export function Settings() {
  return (
    <div className="settings">
      <Lifetime />
      <Rotation />
    </div>
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
              onChange={() => void setProvider({ accessTokenTtl: seconds }).then(() => refresh())}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
      <Naive>renews every so many minutes, whatever the lifetime, or in a loop.</Naive>
      {settings.accessTokenTtl === 1 && (
        <p className="note">Never more than one refresh a second: in the gaps, calls wait.</p>
      )}
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
            onChange={() => void setProvider(more)}
          />
          {label}
        </label>
      ))}
      <Naive>lets two tabs use the same one twice, and both are signed out.</Naive>
    </fieldset>
  )
}
