import { afterEach, expect, test } from 'vitest'
import { browserEnvironment } from '../../src/client/page/environment.ts'
import { browserNavigation } from '../../src/client/page/navigation.ts'

const BEFORE = '/#/orders/7'
const heard: string[] = []
const onPopState = () => void heard.push(`popstate ${location.pathname}${location.hash}`)
const onHashChange = ({ oldURL, newURL }: HashChangeEvent) =>
  void heard.push(`hashchange ${new URL(oldURL).hash} to ${new URL(newURL).hash}`)

/** A page whose router listens to both, as those in the fragment (React Router 5) and those of the path do. */
function pageAt(url: string) {
  history.replaceState({ key: 'of the router' }, '', url)
  addEventListener('popstate', onPopState)
  addEventListener('hashchange', onHashChange)
  return { ...browserEnvironment()!, ...browserNavigation }
}

afterEach(() => {
  removeEventListener('popstate', onPopState)
  removeEventListener('hashchange', onHashChange)
  heard.length = 0
})

test.each([
  ['in the fragment', '/#/orders', ['popstate /#/orders', 'hashchange #/orders/7 to #/orders']],
  ['out of the fragment', '/', ['popstate /', 'hashchange #/orders/7 to ']],
  // The fragment is the same: a browser tells of no change of it either.
  ['of the path', '/admin#/orders/7', ['popstate /admin#/orders/7']],
])('H4 tells a router %s of the path that a sign-in comes back to', (_name, path, told) => {
  const page = pageAt(BEFORE)
  page.goTo(path)
  expect(location.pathname + location.hash).toBe(path)
  expect(heard).toEqual(told)
  expect(history.state).toEqual({ key: 'of the router' })
})

test('H4 tells no router of parameters that leave the address bar', () => {
  const page = pageAt('/?code=c&state=s#/orders/7')
  page.replaceUrl('/#/orders/7')
  expect(location.search).toBe('')
  expect(heard).toEqual([])
})
