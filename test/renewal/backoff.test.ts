import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoff } from '../../src/renewal/backoff.ts'

const DAY = 86_400_000

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
