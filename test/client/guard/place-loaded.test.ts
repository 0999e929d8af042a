import { expect, test } from 'vitest'
import { placeLoaded } from '../../../src/client/guard/place-loaded.ts'
import type { RequireSessionOptions } from '../../../src/client/auth-client.ts'

const requestOf = (url: string) => ({ request: new Request(url) })
const HOME = 'https://app.example/'

const cases: [string, string, RequireSessionOptions, string | undefined][] = [
  ['nothing: where the page is', `${HOME}a`, {}, undefined],
  ['a request', HOME, requestOf(`${HOME}orders?page=2`), '/orders?page=2'],
  ['a request below a basename', `${HOME}app/`, requestOf(`${HOME}app/orders`), '/app/orders'],
  // A request has no fragment: that of the page is meant where it is the page that is loaded.
  [
    'the page itself',
    `${HOME}orders?a=1#row-3`,
    requestOf(`${HOME}orders?a=1`),
    '/orders?a=1#row-3',
  ],
  ['another page', `${HOME}orders#row-3`, requestOf(`${HOME}admin`), '/admin'],
  [
    'a request of a router in the fragment',
    `${HOME}app/#/`,
    requestOf(`${HOME}orders?a=1`),
    '/app/#/orders?a=1',
  ],
  [
    'the same, before it has a fragment',
    `${HOME}?b`,
    { ...requestOf(`${HOME}orders`), hashRouter: true },
    '/?b#/orders',
  ],
  [
    'a fragment that only begins like a path',
    `${HOME}#/x`,
    { ...requestOf(`${HOME}orders`), hashRouter: false },
    '/orders',
  ],
  ['a router in memory', `${HOME}shown`, requestOf('http://localhost/orders'), undefined],
  ['a location', HOME, { location: { href: '/orders?a=1#row-3' } }, '/orders?a=1#row-3'],
  [
    'a location below a basepath',
    HOME,
    { location: { href: '/orders', publicHref: '/app/orders' } },
    '/app/orders',
  ],
  [
    'a location in the fragment',
    `${HOME}x`,
    { location: { href: '/orders#part' }, hashRouter: true },
    '/x#/orders#part',
  ],
  [
    'a path of the application',
    HOME,
    { ...requestOf(`${HOME}orders`), returnTo: '/home' },
    '/home',
  ],
]

test.each(cases)('W9 comes back to what is being loaded, by %s', (_name, href, options, place) => {
  expect(placeLoaded(href, options)).toBe(place)
})
