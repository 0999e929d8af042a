import { describe, expect, test } from 'vitest'
import { lifetimeOf } from '../../src/renewal/expires-in.ts'
import { elapsed, remaining } from '../../src/renewal/lifetime.ts'

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
