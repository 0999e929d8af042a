import { isLoopback, parseUrl } from '../../oauth/endpoint.ts'
import type { NormalNeed } from '../../renewal/token-need.ts'
import { assertNames, checkNeed, isObjectList } from '../check-names.ts'
import { WEB_SOCKET_ROUTE_NAMES } from '../option-names.ts'
import type { WebSocketRoute } from '../options.ts'

/** A WebSocket route, checked. */
export interface Socket {
  name: string
  upstream: URL
  need: NormalNeed
}

/** @throws TypeError */
export function checkSockets(routes: readonly WebSocketRoute[] = []): Socket[] {
  if (!isObjectList(routes)) throw wrong('must be a list of { name, upstream }')
  const sockets = routes.map((route) => {
    const { name, upstream } = route
    if (typeof name !== 'string' || !/^[\w-]+$/.test(name)) {
      throw wrong('name must be letters, digits, _ or -')
    }
    assertNames(`createBff: webSockets: ${name}: `, route, WEB_SOCKET_ROUTE_NAMES)
    const url = parseUrl(upstream)
    const isSecure = url?.protocol === 'wss:' || (url?.protocol === 'ws:' && isLoopback(url))
    if (!url || !isSecure || url.username || url.password || url.search || url.hash) {
      throw wrong(`${name}: upstream must be a wss URL without query (ws on this machine)`)
    }
    return { name, upstream: url, need: checkNeed(`createBff: webSockets: ${name}: `, route) }
  })
  if (new Set(sockets.map(({ name }) => name)).size < sockets.length) {
    throw wrong('each name must be another')
  }
  return sockets
}

function wrong(what: string): TypeError {
  return new TypeError(`createBff: webSockets: ${what}`)
}
