// One request to each route that has to do with sessions, as a browser makes it.
import type { Bff } from '../../src/bff/create-bff.ts'
import type { BffOptions } from '../../src/bff/options.ts'
import { logoutToken } from './logout-token.ts'
import { ORIGIN, type BffSetup, type Browser } from './setup.ts'

/** Every route is switched on. */
export const ALL_ROUTES: Partial<BffOptions> = {
  mediated: [{}],
  userInfo: true,
  frontchannelLogout: true,
  proxy: [{ name: 'orders', upstream: 'https://api.example/v1' }],
  webSockets: [{ name: 'events', upstream: 'wss://api.example/events' }],
}

export const ROUTE_NAMES = [
  ...['session', 'token', 'refresh', 'proxy', 'upgrade', 'login', 'callback'],
  ...['logout', 'frontchannel-logout', 'backchannel-logout'],
] as const
export type RouteName = (typeof ROUTE_NAMES)[number]

/** Makes the request when it is called. */
export type Ask = (bff: Bff, signal?: AbortSignal) => Promise<Response>

const OWN = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin', origin: ORIGIN }
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** The request of a browser with the cookies that it has now. */
export async function askFor(setup: BffSetup, user: Browser, route: RouteName): Promise<Ask> {
  const { path, init = {} } = await requestOf(setup, user, route)
  const headers = { cookie: user.cookie, ...(init.headers as Record<string, string>) }
  return async (bff, signal) => {
    const request = new Request(ORIGIN + path, { ...init, headers, ...(signal && { signal }) })
    if (route !== 'upgrade') return (await bff.handle(request))!
    const upgrade = (await bff.authorizeUpgrade(request))!
    if (!upgrade.ok) return upgrade.response
    // The socket is opened, and closed by the page.
    upgrade.onEnd(() => {})()
    return new Response()
  }
}

async function requestOf(
  setup: BffSetup,
  user: Browser,
  route: RouteName,
): Promise<{ path: string; init?: RequestInit }> {
  const { issuer, idToken } = setup.provider
  // Of the provider's session that the user signed in with last.
  const sid = String(idToken.claims['sid'])
  const path = `/bff/${route}`
  switch (route) {
    case 'session':
      return { path, init: { headers: OWN } }
    case 'token':
    case 'refresh':
    case 'logout':
      return { path, init: { method: 'POST', headers: OWN } }
    case 'proxy':
      return { path: '/bff/api/orders/1', init: { headers: OWN } }
    case 'upgrade':
      return { path: '/bff/ws/events', init: { headers: { origin: ORIGIN } } }
    case 'login':
      return { path, init: { headers: NAVIGATION } }
    case 'callback':
      return { path: await user.begin(), init: { headers: NAVIGATION } }
    case 'frontchannel-logout':
      return { path: `${path}?${new URLSearchParams({ iss: issuer, sid }).toString()}` }
    case 'backchannel-logout': {
      const body = new URLSearchParams({ logout_token: await logoutToken(setup, { sid }) })
      return { path, init: { method: 'POST', body } }
    }
  }
}
