import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/testing/device/virtual-clock.ts'

/** What ran, and when, until `ms` from now. */
function run(clock: VirtualClock, ms: number): void {
  const end = clock.monotonic + ms
  while (clock.runNext(end));
}

describe('virtual clock', () => {
  test('runs timers in order, each at its time, and stops at the end', () => {
    const clock = new VirtualClock()
    const start = clock.monotonic
    const ran: [string, number][] = []
    clock.timer(() => ran.push(['late', clock.monotonic - start]), 20)
    clock.timer(() => ran.push(['early', clock.monotonic - start]), 10)
    clock.timer(() => ran.push(['never', clock.monotonic - start]), 31)
    run(clock, 30)
    expect(ran).toEqual([
      ['early', 10],
      ['late', 20],
    ])
    expect(clock.monotonic - start).toBe(30)
    expect(clock.pendingTimers).toBe(1)
  })

  test('runs a timer that is set for the very end on the way there', () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    clock.timer(() => void clock.timer(() => ran.push('second'), 5), 5)
    run(clock, 10)
    expect(ran).toEqual(['second'])
  })

  test('leaves a cancelled timer alone', () => {
    const clock = new VirtualClock()
    const cancel = clock.timer(() => expect.unreachable(), 5)
    cancel()
    run(clock, 10)
    expect(clock.pendingTimers).toBe(0)
  })

  test.each([
    ['stands still', false, [0, 3_600_000], 1000],
    ['goes on', true, [3_600_000, 3_600_000], 0],
  ])('sleep, while the monotonic clock %s', (_, monotonicToo, [mono, wall], dueIn) => {
    const clock = new VirtualClock()
    const before = { mono: clock.monotonic, wall: clock.wall }
    let ranAt: number | undefined
    clock.timer(() => (ranAt = clock.monotonic), 1000)
    clock.sleep(3_600_000, monotonicToo)
    expect([clock.monotonic - before.mono, clock.wall - before.wall]).toEqual([mono, wall])
    const woken = clock.monotonic
    run(clock, 1000)
    expect(ranAt).toBe(woken + dueIn)
    expect(clock.monotonic).toBe(woken + 1000)
  })

  test('jumps on the wall only, and back too', () => {
    const clock = new VirtualClock()
    const { wall, monotonic } = clock
    clock.jump(-86_400_000)
    expect([clock.wall - wall, clock.monotonic]).toEqual([-86_400_000, monotonic])
  })

  test('goes on for longer than any timer, and refuses one that browsers would run at once', () => {
    const clock = new VirtualClock()
    const { monotonic } = clock
    run(clock, 2 ** 32)
    expect(clock.monotonic - monotonic).toBe(2 ** 32)
    expect(() => clock.timer(() => {}, 2 ** 31)).toThrow(RangeError)
  })
})
