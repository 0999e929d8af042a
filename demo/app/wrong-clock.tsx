import { useAuth } from 'evertoken'
import { useState } from 'react'
import { auth, go } from './auth.ts'
import { Naive } from './card.tsx'
import { duration } from './clock.ts'
import { setProvider, useProvider } from './provider-switches.ts'

const CLOCKS: [offset: number, label: string][] = [
  [600_000, '10 minutes slow'],
  [-600_000, '10 minutes fast'],
  [72_000_000, '20 hours slow'],
  [31_536_000_000, 'a year slow'],
  [0, 'right'],
]

/** Says how far the device's clock is from the provider's. */
export function Clock() {
  const { settings } = useProvider()
  const session = useAuth()
  const { clockOffset } = auth.diagnostics()
  const [chosen, choose] = useState<number>()
  // While the clock is right, a wrong one is offered.
  const offset = chosen ?? (settings.clockOffsetMs || CLOCKS[0]![0])
  const set = async () => {
    await setProvider({ clockOffsetMs: offset })
    const user = 'user' in session ? session.user : undefined
    await auth.signIn({ loginHint: user ? user.sub : 'alice' })
  }
  return (
    <>
      <button className="plain" onClick={() => go(set())}>
        Sign in with the clock
      </button>
      <label className="choice">
        <span>set</span>
        <select
          aria-label="This device’s clock"
          value={offset}
          onChange={({ target }) => choose(Number(target.value))}
        >
          {CLOCKS.map(([each, label]) => (
            <option key={each} value={each}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Naive>takes fresh tokens for expired, or expired ones for fresh.</Naive>
      <p className="note">Played from the other end: the provider’s clock is moved.</p>
      {clockOffset !== undefined && (
        <div className="outcome">
          <p data-testid="clock-offset">
            <span className="tag here">Here</span> {learned(clockOffset)}
          </p>
        </div>
      )}
    </>
  )
}

function learned(offset: number): string {
  const seconds = Math.round(offset / 1000)
  if (Math.abs(seconds) < 5) return 'learned at sign-in: the two clocks agree.'
  return `learned at sign-in: the provider is ${duration(Math.abs(offset))} ${seconds > 0 ? 'ahead' : 'behind'}.`
}
