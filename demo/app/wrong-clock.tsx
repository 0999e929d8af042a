import { useAuth } from 'evertoken'
import { useState } from 'react'
import { auth, go } from './auth.ts'
import { Naive } from './card.tsx'
import { duration } from './clock.ts'
import { setProvider, useProvider } from './provider-switches.ts'

const CLOCKS: [offset: number, label: string][] = [
  [0, 'right'],
  [600_000, '10 minutes slow'],
  [-600_000, '10 minutes fast'],
  [72_000_000, '20 hours slow'],
  [31_536_000_000, 'a year slow'],
]

/** Provider time against device time. */
export function Clock() {
  const { settings } = useProvider()
  const session = useAuth()
  const { clockOffset } = auth.diagnostics()
  const [chosen, choose] = useState<number>()
  const set = async () => {
    if (chosen !== undefined) await setProvider({ clockOffsetMs: chosen })
    const user = 'user' in session ? session.user : undefined
    await auth.signIn({ loginHint: user ? user.sub : 'alice' })
  }
  return (
    <>
      <label className="choice">
        Set this device’s clock
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
          <span data-testid="clock-offset">{learned(clockOffset)}</span>
        )}
      </p>
      <Naive>takes fresh tokens for expired, or expired ones for fresh.</Naive>
    </>
  )
}

function learned(offset: number): string {
  const seconds = Math.round(offset / 1000)
  if (Math.abs(seconds) < 5) return 'Learned at sign-in: the two clocks agree.'
  return `Learned at sign-in: the provider is ${duration(Math.abs(offset))} ${seconds > 0 ? 'ahead' : 'behind'}.`
}
