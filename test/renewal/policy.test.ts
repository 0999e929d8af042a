import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff } from '../../src/renewal/backoff.ts'

import { elapsed, lifetimeOf, remaining } from '../../src/renewal/lifetime.ts'
import { dueIn, MIN_REFRESH_INTERVAL_MS, leadOf, MAX_TIMER_MS } from '../../src/renewal/schedule.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const at = (wall: number, mono = wall) => ({ wall, mono })
const token = (lifetime: number, wall = 0) => ({ lifetime, sentAt: at(wall) })

describe('lifetimes', () => {
  test.each<[string, number | undefined, number]>([
    ['T-04 missing: five minutes, never eternal', undefined, 300_000],
    ['T-06 nothing', 0, 0],
    ['a second', 1, 1000],
    ['part of a second', 0.5, 500],
    ['an hour', 3600, HOUR],
    ['T-05 a year is capped at a day', 31_536_000, DAY],
    ['T-05 1e12 is capped at a day', 1e12, DAY],
    ['the largest number there is', Number.MAX_VALUE, DAY],
  ])('%s', (_, seconds, lifetime) => expect(lifetimeOf(seconds)).toBe(lifetime))

  test.each<[string, { wall: number; mono: number }, number]>([
    ['both clocks run', at(1000), 1000],
    ['T-07 the wall clock jumps an hour ahead', at(HOUR + 1000, 1000), HOUR + 1000],
    ['T-07 the wall clock is set back an hour', at(1000 - HOUR, 1000), 1000],
    ['T-07 a day back', at(1000 - DAY, 1000), 1000],
    ['the monotonic clock slept', at(8 * HOUR, 1000), 8 * HOUR],
    ['both went back, which cannot be: nothing passed', at(-5, -5), 0],
  ])('elapsed: %s', (_, now, ms) => expect(elapsed(at(0), now)).toBe(ms))

  test('T-07 what remains counts from the moment of sending', () => {
    expect(remaining(token(60_000, 500), at(1500))).toBe(59_000)
    expect(remaining(token(60_000), at(61_000))).toBe(-1000)
  })
})

describe('the schedule', () => {
  test.each<[string, number, number]>([
    ['T-08 a minute for an hour', HOUR, 60_000],
    ['T-08 a fifth of what is short', 10_000, 2000],
    ['T-08 where both are equal', 300_000, 60_000],
    ['nothing of nothing', 0, 0],
  ])('lead: %s', (_, lifetime, lead) => expect(leadOf(lifetime)).toBe(lead))

  test('T-08 jitter only shortens the lead', () => {
    fc.assert(
      fc.property(fc.nat(DAY), fc.double({ min: 0, max: 1, noNaN: true }), (lifetime, jitter) => {
        const due = dueIn(token(lifetime), at(0), jitter)
        expect(due).toBeGreaterThanOrEqual(lifetime - leadOf(lifetime))
        expect(due).toBeLessThanOrEqual(Math.max(lifetime, MIN_REFRESH_INTERVAL_MS))
      }),
    )
  })

  test('T-06 nothing is due within a second of its sending', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(5000), (lifetime, passed) => {
        expect(dueIn(token(lifetime), at(passed), 0)).toBeGreaterThanOrEqual(
          MIN_REFRESH_INTERVAL_MS - passed,
        )
      }),
    )
  })

  test('what is past is due at once, never negative', () => {
    expect(dueIn(token(60_000), at(HOUR), 0.5)).toBe(0)
  })

  test('T-05 no timer is longer than 2³¹−1 ms', () => {
    expect(dueIn(token(400 * DAY), at(0), 0)).toBe(MAX_TIMER_MS)
  })

  test('T-07 the clock jumps an hour ahead: due at once; an hour back: due when it was', () => {
    expect(dueIn(token(HOUR), at(HOUR, 1000), 0)).toBe(0)
    expect(dueIn(token(HOUR), at(1000 - HOUR, 1000), 0)).toBe(HOUR - 60_000 - 1000)
  })
})

describe('backoff', () => {
  test.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [3, 2000, 4000],
    [7, 30_000, 60_000],
    [1000, 30_000, 60_000],
  ])('after %i failures %i to %i ms', (failures, least, most) => {
    expect(backoff(failures, 0)).toBe(least)
    expect(backoff(failures, 1)).toBe(most)
  })

  test.each<[string, number, number | undefined, number]>([
    ['Retry-After lengthens', 1, 30_000, 30_000],
    ['and never shortens', 7, 100, 30_000],
    ['a day is more patience than anybody has', 1, DAY, 900_000],
    ['none', 1, undefined, 500],
  ])('%s', (_, failures, retryAfter, ms) => {
    expect(backoff(failures, 0, retryAfter)).toBe(ms)
  })

  test('never less than half a second, never more than a quarter of an hour', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1 }), random, fc.nat(), (failures, jitter, retryAfter) => {
        const ms = backoff(failures, jitter, retryAfter)
        expect(ms).toBeGreaterThanOrEqual(500)
        expect(ms).toBeLessThanOrEqual(900_000)
      }),
    )
  })
})
