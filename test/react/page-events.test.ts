import { afterEach, expect, test, vi } from 'vitest'
import { browserEnvironment } from '../../src/client/page/environment.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const offline = () => dispatchEvent(new Event('offline'))

test('hears what happens to the page until it is ended, and each listener by itself', () => {
  const page = browserEnvironment()!
  const [one, other] = [vi.fn(), vi.fn()]
  const endOne = page.listen(one)
  const endOther = page.listen(other)
  offline()
  document.dispatchEvent(new Event('freeze'))
  expect(one.mock.calls).toEqual([
    ['offline', false],
    ['freeze', false],
  ])
  endOne()
  offline()
  endOther()
  offline()
  expect(one).toHaveBeenCalledTimes(2)
  expect(other).toHaveBeenCalledTimes(3)
})

test('hears it where AbortController is another than the document’s own', () => {
  vi.stubGlobal(
    'AbortController',
    class {
      signal = {}
    },
  )
  const heard = vi.fn()
  const end = browserEnvironment()!.listen(heard)
  offline()
  end()
  offline()
  expect(heard).toHaveBeenCalledTimes(1)
})
