import { useAuth } from 'evertoken'
import { useEffect, useRef, useState } from 'react'
import { auth } from './auth.ts'
import { Naive } from './card.tsx'
import { duration, useDevice, useNow } from './clock.ts'
import { onDevice, getDevice, sleep } from './device.ts'
import { useToken } from './token.ts'

/** What the first call after waking got, compared with what a variable of the app would have held. */
interface Morning {
  /** How long ago the token of before had expired, ms; negative when it was still valid. */
  stale: number
  ms: number
  /** `same` token, `new` token, or the error. */
  outcome: string
}

export function Sleep() {
  const { status } = useAuth()
  const token = useToken()
  const { asleepUntil } = useDevice()
  const [morning, setMorning] = useState<Morning>()
  const [length, setLength] = useState('past')
  const before = useRef<{ accessToken: string; expiresAt: number }>(undefined)
  useEffect(
    () =>
      onDevice(() => {
        if (getDevice().asleepUntil !== undefined || !before.current) return
        const { accessToken, expiresAt } = before.current
        before.current = undefined
        const began = performance.now()
        const stale = Date.now() - expiresAt
        const tell = (outcome: string) =>
          setMorning({ stale, outcome, ms: Math.round(performance.now() - began) })
        auth.getAccessToken().then(
          (given) => tell(given === accessToken ? 'same' : 'new'),
          (error: { code?: string }) => tell(error.code ?? 'unknown'),
        )
      }),
    [],
  )
  const start = () => {
    if (token.status !== 'ready') return
    before.current = token
    setMorning(undefined)
    const left = token.expiresAt - Date.now()
    sleep(length === 'past' ? Math.max(left, 0) + 3000 : Number(length))
  }
  return (
    <>
      <button
        className="plain"
        disabled={status !== 'signed-in' || token.status !== 'ready' || !!asleepUntil}
        onClick={start}
      >
        Put this tab to sleep
      </button>
      <label className="choice">
        <span>for</span>
        <select value={length} onChange={({ target }) => setLength(target.value)}>
          <option value="5000">5 s</option>
          <option value="15000">15 s</option>
          <option value="60000">1 min</option>
          <option value="past">longer than the token</option>
        </select>
      </label>
      <Naive>wakes up with a dead token, sends it, and shows the 401.</Naive>
      <p className="note">
        Timers, messages and answers of this tab stand still, as when the browser freezes it; other
        tabs and the worker go on. Then it wakes with the browser’s own events.
      </p>
      <div className="outcome" role="status" data-testid="morning">
        {morning && (
          <p>
            <span className="tag here">Here</span> {tale(morning)}
          </p>
        )}
      </div>
    </>
  )
}

function tale({ stale, ms, outcome }: Morning): string {
  const old =
    stale > 0
      ? `the token from before had been over for ${duration(stale)}`
      : 'the token from before was still good'
  const first = `the first call was given ${outcome === 'same' ? 'it' : 'a new one'} ${ms < 5 ? 'at once' : `after ${ms} ms`}`
  return outcome === 'same' || outcome === 'new'
    ? `${old}; ${first}.`
    : `${old}; the first call was told ${outcome}.`
}

/** Covers the status bar while the tab sleeps. */
export function Asleep() {
  const { asleepUntil } = useDevice()
  const now = useNow()
  if (asleepUntil === undefined) return null
  return (
    <p className="asleep">
      <span aria-hidden="true">☾</span> This tab sleeps, and wakes in {duration(asleepUntil - now)}.
    </p>
  )
}
