import { expect, it } from 'vitest'
import { arrow, NARROW, STEPS, WIDE } from '../../demo/app/machine-map.ts'
import { leadsTo, type SessionStatus } from '../../src/client/session/session.ts'

const states = Object.keys(STEPS) as SessionStatus[]

it.each(states)('shows the steps that there are from %s, and no others', (from) => {
  const steps = states.filter((to) => to !== from && leadsTo(from, to))
  expect(new Set(STEPS[from])).toEqual(new Set(steps))
})

it.each([WIDE, NARROW])('fits every step and its label in $width × $height', (layout) => {
  for (const from of states) {
    for (const to of STEPS[from]) {
      const [x, y] = arrow(layout, from, to).beside(0)
      expect(x).toBeGreaterThan(0)
      expect(x).toBeLessThan(layout.width)
      expect(y).toBeGreaterThan(8)
      expect(y).toBeLessThan(layout.height - 8)
    }
  }
})
