import { afterEach, expect, test } from 'vitest'
import { browserEnvironment } from '../../src/client/environment.ts'

const shown = () => {
  const { inert, style } = document.documentElement
  return !inert && style.visibility === ''
}
afterEach(() => expect(shown()).toBe(true))

test('U20 two clients on one page: it is shown when both know who is signed in', () => {
  const one = browserEnvironment()!
  const other = browserEnvironment()!
  one.conceal(true)
  other.conceal(true)
  one.conceal(false)
  one.conceal(false)
  expect(shown()).toBe(false)
  other.conceal(false)
})
