import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dueIn, leadOf, MAX_TIMER_MS, MIN_REFRESH_INTERVAL_MS } from '../../src/renewal/schedule.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const at = (wall: number, mono = wall) => ({ wall, mono })
const token = (lifetime: number, wall = 0) => ({ lifetime, sentAt: at(wall) })

describe('the schedule', () => {
  test.each<[string, number, number]>([
    ['T-08 refreshes a minute before an hour is over', HOUR, 60_000],
    ['T-08 refreshes a fifth before what is short is over', 10_000, 2000],
    ['T-08 refreshes a minute where both are equal', 300_000, 60_000],
    ['refreshes with no lead where there is no lifetime', 0, 0],
  ])('%s', (_, lifetime, lead) => expect(leadOf(lifetime)).toBe(lead))

  test('T-08 only shortens the lead by jitter', () => {
    fc.assert(
      fc.property(fc.nat(DAY), fc.double({ min: 0, max: 1, noNaN: true }), (lifetime, jitter) => {
        const due = dueIn(token(lifetime), at(0), jitter)
        expect(due).toBeGreaterThanOrEqual(lifetime - leadOf(lifetime))
        expect(due).toBeLessThanOrEqual(Math.max(lifetime, MIN_REFRESH_INTERVAL_MS))
      }),
    )
  })

  test('T-06 has nothing due within a second of its sending', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(5000), (lifetime, passed) => {
        expect(dueIn(token(lifetime), at(passed), 0)).toBeGreaterThanOrEqual(
          MIN_REFRESH_INTERVAL_MS - passed,
        )
      }),
    )
  })

  test('has due at once what is past, never before', () => {
    expect(dueIn(token(60_000), at(HOUR), 0.5)).toBe(0)
  })

  test('T-05 sets no timer longer than 2³¹−1 ms', () => {
    expect(dueIn(token(400 * DAY), at(0), 0)).toBe(MAX_TIMER_MS)
  })

  test('T-07 has a token due at once when the clock jumps an hour ahead, and when it was when it is set back', () => {
    expect(dueIn(token(HOUR), at(HOUR, 1000), 0)).toBe(0)
    expect(dueIn(token(HOUR), at(1000 - HOUR, 1000), 0)).toBe(HOUR - 60_000 - 1000)
  })
})
