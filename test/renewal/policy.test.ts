import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff } from '../../src/renewal/backoff.ts'
import { elapsed, lifetimeOf, remaining } from '../../src/renewal/lifetime.ts'
import { dueIn, leadOf, MAX_TIMER_MS, MIN_REFRESH_INTERVAL_MS } from '../../src/renewal/schedule.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const at = (wall: number, mono = wall) => ({ wall, mono })
const token = (lifetime: number, wall = 0) => ({ lifetime, sentAt: at(wall) })

describe('lifetimes', () => {
  test.each<[string, number | undefined, number]>([
    ['T-04 reads nothing as five minutes, never as eternal', undefined, 300_000],
    ['T-06 reads zero as zero', 0, 0],
    ['reads one second', 1, 1000],
    ['reads part of a second', 0.5, 500],
    ['reads an hour', 3600, HOUR],
    ['T-05 reads a year as a day', 31_536_000, DAY],
    ['T-05 reads 1e12 as a day', 1e12, DAY],
    ['reads the largest number there is as a day', Number.MAX_VALUE, DAY],
  ])('%s', (_, seconds, lifetime) => expect(lifetimeOf(seconds)).toBe(lifetime))

  test.each<[string, { wall: number; mono: number }, number]>([
    ['counts what has elapsed when both clocks run', at(1000), 1000],
    [
      'T-07 counts what has elapsed when the wall clock jumps an hour ahead',
      at(HOUR + 1000, 1000),
      HOUR + 1000,
    ],
    [
      'T-07 counts what has elapsed when the wall clock is set back an hour',
      at(1000 - HOUR, 1000),
      1000,
    ],
    [
      'T-07 counts what has elapsed when the wall clock is set back a day',
      at(1000 - DAY, 1000),
      1000,
    ],
    ['counts what has elapsed when the monotonic clock slept', at(8 * HOUR, 1000), 8 * HOUR],
    ['counts what has elapsed when both went back, which cannot be: as nothing', at(-5, -5), 0],
  ])('%s', (_, now, ms) => expect(elapsed(at(0), now)).toBe(ms))

  test('T-07 counts what remains from the moment of sending', () => {
    expect(remaining(token(60_000, 500), at(1500))).toBe(59_000)
    expect(remaining(token(60_000), at(61_000))).toBe(-1000)
  })
})

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

describe('backoff', () => {
  test.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [3, 2000, 4000],
    [7, 30_000, 60_000],
    [1000, 30_000, 60_000],
  ])('waits after %i failures for %i to %i ms', (failures, least, most) => {
    expect(backoff(failures, 0)).toBe(least)
    expect(backoff(failures, 1)).toBe(most)
  })

  test.each<[string, number, number | undefined, number]>([
    ['waits longer for a Retry-After', 1, 30_000, 30_000],
    ['waits no less for a Retry-After that is short', 7, 100, 30_000],
    ['waits a quarter of an hour for a Retry-After of a day', 1, DAY, 900_000],
    ['waits half a second without Retry-After', 1, undefined, 500],
  ])('%s', (_, failures, retryAfter, ms) => {
    expect(backoff(failures, 0, retryAfter)).toBe(ms)
  })

  test('waits never less than half a second, never more than a quarter of an hour', () => {
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
