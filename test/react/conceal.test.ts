import { afterEach, expect, test } from 'vitest'
import { browserEnvironment } from '../../src/client/page/environment.ts'

const shown = () => {
  const { inert, style } = document.documentElement
  return !inert && style.visibility === ''
}
afterEach(() => expect(shown()).toBe(true))

test('U20 shows a page with two clients when both know which user is signed in', () => {
  const one = browserEnvironment()!
  const other = browserEnvironment()!
  one.hidePage(true)
  other.hidePage(true)
  one.hidePage(false)
  one.hidePage(false)
  expect(shown()).toBe(false)
  other.hidePage(false)
})
